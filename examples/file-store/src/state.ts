import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compareText, decodeBody, encodeBody } from '@holdfast/spec'
import type { BodyFormat, StateBackend, StateEntry } from '@holdfast/spec'

export function createState(folder: string, format: BodyFormat): StateBackend {
  const folderOf = (workflowId: string): string => join(folder, nameOf(workflowId))
  const fileOf = ({ workflowId, key }: Pick<StateEntry, 'workflowId' | 'key'>): string =>
    join(folderOf(workflowId), `${nameOf(key)}.json`)
  const read = (text: string, path: string): StateEntry => decodeBody(text, path, format)

  return {
    async set(entry, { requestId }) {
      const text = encodeBody(entry, format)
      const file = fileOf(entry)
      // The folder of a workflow comes with its first value; that of the store does not come by itself.
      await mkdir(dirname(file)).catch(unless('EEXIST'))
      // A reader sees the old value or the new one: a file that is renamed is there at once, and whole.
      const draft = `${file}.${nameOf(requestId)}`
      await writeFile(draft, text, { flush: true })
      await rename(draft, file)
    },

    async get(key) {
      const file = fileOf(key)
      const text = await readFile(file, 'utf8').catch(unless('ENOENT'))
      return text === undefined ? null : read(text, file)
    },

    async delete(key) {
      // Not `rm`: of two at once it tells both that they deleted it. RACE-15 of the kit found that.
      const deleted = await unlink(fileOf(key)).then(() => true, unless('ENOENT'))
      return deleted ?? false
    },

    async getAll(workflowId) {
      const names = (await readdir(folderOf(workflowId)).catch(unless('ENOENT'))) ?? []
      const files = names.filter((name) => name.endsWith('.json'))
      const entries = await Promise.all(
        files.map(async (name) => {
          const file = join(folderOf(workflowId), name)
          const text = await readFile(file, 'utf8').catch(unless('ENOENT'))
          return text === undefined ? [] : [read(text, file)]
        }),
      )
      return entries.flat().sort((a, b) => compareText(a.key, b.key))
    },
  }
}

/** Any text as the name of a file, on file systems that know no capital letters, too. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Takes an error with this code for an answer, and throws any other. */
function unless(expected: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === expected) return undefined
    throw error
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target } from '@holdfast/conformance'
import { createFileProvider } from '../src/index.ts'

let folder = ''

export const target: Target = {
  name: 'files',
  open: (namespace, { clock }) => createFileProvider({ folder, namespace, clock }),
  async setup() {
    folder = await mkdtemp(join(tmpdir(), 'file-store-'))
  },
  async teardown() {
    await rm(folder, { recursive: true })
  },
  // For the clients in other processes: they import this file, and are told which folder it is.
  module: import.meta.url,
  share: () => folder,
  join(shared) {
    folder = shared as string
  },
}

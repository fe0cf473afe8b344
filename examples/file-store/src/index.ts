import { join } from 'node:path'
import { access, mkdir } from 'node:fs/promises'
import { defineProvider, resolveOptions } from '@holdfast/spec'
import type { PersistenceProvider, ProviderOptions } from '@holdfast/spec'
import { classify } from './classify.ts'
import { createState } from './state.ts'

export interface FileProviderOptions extends ProviderOptions {
  /** Where the files are. */
  readonly folder: string
}

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024

/** A provider that keeps the state of workflows in files, one a value. Any number of processes may share a folder. */
export function createFileProvider(options: FileProviderOptions): PersistenceProvider {
  const { namespace, clock, codec } = resolveOptions(options)
  const folder = join(options.folder, encodeURIComponent(namespace))
  return defineProvider({
    name: 'files',
    capabilities: {
      clock: clock === null ? 'process' : 'injected',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      durability: 'restart',
      atomicSubscriptions: false,
      fencing: false,
    },
    ensureStore: async () => void (await mkdir(folder, { recursive: true })),
    ping: async () => access(folder),
    close: async () => {},
    classify,
    state: createState(folder, { codec, maxPayloadBytes: MAX_PAYLOAD_BYTES }),
  })
}

import { jsonCodec, type Codec } from './codec.ts'
import { namespace } from './fields.ts'
import type { ProviderOptions } from './provider.ts'

export interface ResolvedOptions {
  readonly namespace: string
  readonly clock: (() => number) | null
  readonly codec: Codec
}

/** The options that every factory takes, with their defaults. @throws {PersistenceError} `INVALID_VALUE` */
export function resolveOptions(options: ProviderOptions): ResolvedOptions {
  if (options.clock !== undefined && typeof options.clock !== 'function') {
    throw new TypeError('clock must be a function')
  }
  return {
    namespace: namespace(options.namespace ?? 'default', 'namespace'),
    clock: options.clock ?? null,
    codec: options.codec ?? jsonCodec,
  }
}

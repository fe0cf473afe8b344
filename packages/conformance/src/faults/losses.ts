import {
  PersistenceError,
  isPersistenceError,
  type PersistenceProvider,
  type RepositoryName,
  type WriteOptions,
} from '@holdfast/spec'
import { override } from './fault.ts'
import { anew } from './request-ids.ts'

type Call = (...args: readonly unknown[]) => Promise<unknown>

/** What a client makes of a connection that broke under a call. `again` calls once more, with these arguments. */
export type Reaction = (args: readonly unknown[], again: Call) => unknown

/** Replaces what a method does when its connection breaks, for the calls that are meant. */
export function onLoss(
  provider: PersistenceProvider,
  path: string,
  react: Reaction,
  meant: (args: readonly unknown[]) => boolean = () => true,
): PersistenceProvider {
  const [repository = '', method = ''] = path.split('.')
  return override(provider, repository as RepositoryName, (real) => {
    const call = (real as unknown as Record<string, Call>)[method] as Call
    const reacting: Call = async (...args) => {
      try {
        return await call(...args)
      } catch (error) {
        if (!isPersistenceError(error, 'UNAVAILABLE') || !meant(args)) throw error
        return react(args, call)
      }
    }
    return { [method]: reacting }
  })
}

/** Sends it again, as if it were another request. */
export const sendsAnew: Reaction = async (args, again) =>
  again(...args.slice(0, -1), anew(args.at(-1) as WriteOptions))

/** Tells the caller that nothing was written, which it does not know. */
export const denies: Reaction = () => {
  throw new PersistenceError('UNAVAILABLE', 'Not written', { outcome: 'not-applied' })
}

/** Tells the caller something else than that it failed. */
export function returns(value: unknown): Reaction {
  return () => value
}

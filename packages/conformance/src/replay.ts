import { createHash } from 'node:crypto'
import type { FoundAt } from './trial.ts'

/** Where a failure is: enough to run it again, and nothing else. */
export interface Replay {
  readonly rule: string
  readonly seed: number
  readonly runs: number
  readonly foundAt?: FoundAt
}

/** A replay as one word for a command line. */
export function writeReplay({ rule, seed, runs, foundAt }: Replay): string {
  const parts = foundAt ? [rule, seed, runs, foundAt.property, foundAt.path] : [rule, seed, runs]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** The replay that a token stands for; `undefined` when it is none. */
export function readReplay(token: string): Replay | undefined {
  try {
    const [rule, seed, runs, property, path] = JSON.parse(
      Buffer.from(token, 'base64url').toString(),
    ) as unknown[]
    if (typeof rule !== 'string' || !Number.isInteger(seed) || !Number.isInteger(runs))
      return undefined
    const replay = { rule, seed: seed as number, runs: runs as number }
    return typeof path === 'string' && typeof property === 'number'
      ? { ...replay, foundAt: { property, path } }
      : replay
  } catch {
    return undefined
  }
}

/** The seed of one rule in a run: the same whichever other rules run. */
export function seedOf(rule: string, seed: number): number {
  return createHash('sha256').update(`${seed}/${rule}`).digest().readInt32BE(0)
}

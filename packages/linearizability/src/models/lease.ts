import type { Operation } from '../history.ts'
import type { Model } from '../model.ts'
import { answer, of } from './text.ts'

/**
 * What is done to a lease: `claim` takes it for `ttl` (in the unit of the history's clock; `null`, for ever); `extend`
 * holds it for another `ttl` from now; `release` lets go; `use` is anything that the token guards, for instance a save
 * that names it.
 */
export type LeaseInput =
  | { readonly op: 'claim'; readonly key?: string; readonly ttl: number | null }
  | {
      readonly op: 'extend'
      readonly key?: string
      readonly token: number
      readonly ttl: number | null
    }
  | { readonly op: 'release' | 'use'; readonly key?: string; readonly token: number }

/** Claim gives the fencing token, `null` when somebody else holds the lease; the others whether the token holds it. */
export type LeaseOutput = number | boolean | null

export interface LeaseState {
  readonly held: boolean
  /** The last token; with `lost`, the reply that named it was lost, and it is any number above this one. */
  readonly token: number
  readonly lost: boolean
  /** When it expires at the earliest and at the latest: nobody knows at what instant of its call it was taken. */
  readonly earliest: number
  readonly latest: number
}

/**
 * Leases with fencing tokens: one holder at a time, tokens strictly grow, and a lease that was lost is never revived.
 * The clock of the store runs as fast as that of the history, give or take `slack`. With `mayRefuse`, a claim may give
 * `null` although nobody holds the lease.
 */
export function lease(
  options: { readonly slack?: number; readonly mayRefuse?: boolean } = {},
): Model<LeaseState, LeaseInput, LeaseOutput> {
  const { slack = 0, mayRefuse = false } = options
  const until = (ttl: number | null, operation: Operation<LeaseInput, LeaseOutput>) => ({
    earliest: ttl === null ? Infinity : Number(operation.call) + ttl - slack,
    latest: ttl === null ? Infinity : latestOf(operation) + ttl + slack,
  })
  return {
    name: 'lease',
    init: () => ({ held: false, token: -Infinity, lost: false, earliest: 0, latest: 0 }),
    step: (state, input, output, operation) => {
      const mayBeHeld = state.held && Number(operation.call) < state.latest
      const mayBeFree = !state.held || latestOf(operation) >= state.earliest
      if (input.op === 'claim') {
        if (output === null) return mayBeHeld || mayRefuse ? state : undefined
        const limits = { held: true, ...until(input.ttl, operation) }
        if (output === undefined) return mayBeFree ? { ...state, ...limits, lost: true } : state
        const grows = typeof output === 'number' && output > state.token
        return mayBeFree && grows ? { ...limits, token: output, lost: false } : undefined
      }
      const owns = state.lost ? input.token > state.token : input.token === state.token
      if (output === false) return owns && !mayBeFree ? undefined : state
      if (!owns || !mayBeHeld) return output === undefined ? state : undefined
      const known = state.lost ? { ...state, token: input.token, lost: false } : state
      switch (input.op) {
        case 'extend':
          return { ...known, ...until(input.ttl, operation) }
        case 'release':
          return { ...known, held: false, earliest: 0, latest: 0 }
        case 'use':
          return known
      }
    },
    fingerprint: ({ held, token, lost, earliest, latest }) =>
      `${held ? 1 : 0} ${token} ${lost ? 1 : 0} ${earliest} ${latest}`,
    key: ({ key }) => key ?? '',
    isRead: (_input, output) => output === false || output === null,
    describe: (input, output) => {
      const ttl = 'ttl' in input ? `${input.ttl ?? 'for ever'}` : ''
      const argument = 'token' in input ? [`#${input.token}`, ttl].filter(Boolean).join(', ') : ttl
      return of(input.key, `${input.op}(${argument}) → ${answer(output)}`)
    },
    describeState: ({ held, token, lost, earliest, latest }) => {
      const name = lost ? `a token above ${token}` : `#${token}`
      if (!held) return token === -Infinity && !lost ? 'free' : `free, after ${name}`
      if (latest === Infinity) return `held by ${name}`
      return `held by ${name} until ${earliest === latest ? latest : `${earliest} to ${latest}`}`
    },
  }
}

function latestOf({ outcome, return: back }: Operation<LeaseInput, LeaseOutput>): number {
  return back === null || outcome === 'unknown' ? Infinity : Number(back)
}

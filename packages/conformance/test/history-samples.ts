import {
  check,
  lease,
  type LeaseInput,
  type LeaseOutput,
  type Operation,
} from '@holdfast/linearizability'
import { drawHistory } from '../src/report/history/draw-history.ts'
import type { DrawnHistory } from '../src/report/history/drawn-history.ts'

const MS = 1_000_000

function call(
  process: string,
  start: number,
  end: number | null,
  input: LeaseInput,
  output?: LeaseOutput,
): Operation<LeaseInput, LeaseOutput> {
  return {
    process,
    input,
    output,
    call: BigInt(start * MS) + 5n ** 20n,
    return: end === null ? null : BigInt(end * MS) + 5n ** 20n,
    outcome: end === null ? 'unknown' : 'ok',
  }
}

const MINUTE = 60_000 * MS

/** A second client gets a lease while the first one has it. */
const LEASES: readonly Operation<LeaseInput, LeaseOutput>[] = [
  call('client-10', 0, 3, { op: 'claim', ttl: MINUTE }, 1),
  call('client-2', 1, 4, { op: 'claim', ttl: MINUTE }, null),
  call('client-3', 2, 6, { op: 'claim', ttl: MINUTE }, 2),
  call('client-2', 5, null, { op: 'extend', token: 1, ttl: MINUTE }),
  { ...call('client-10', 4, 5, { op: 'release', token: 1 }), outcome: 'fail' },
  call('client-10', 7, 8, { op: 'use', token: 1 }, true),
]

export function twoHolders(): DrawnHistory {
  const model = lease()
  const result = check(model, LEASES)
  if (result.verdict !== 'illegal') throw new Error('two clients may hold one lease')
  return drawHistory(model, LEASES, result, {
    title: 'Two clients hold one lease',
    processOf: (client) => (client === 'client-3' ? 'process 12' : 'process 9'),
  })
}

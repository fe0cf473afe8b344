import type { Operation, RegisterInput, RegisterOutput } from '../src/index.ts'

export type RegisterOperation = Operation<RegisterInput<number>, RegisterOutput<number>>

export interface Workload {
  readonly seed: number
  readonly operations: number
  readonly clients: number
  readonly keys: number
  /** How many values there are; without it, each write has its own. */
  readonly values?: number
  /** The part of the writes whose reply is lost. */
  readonly lost?: number
  /** From which operation on the next read gives a value that was never written. */
  readonly violationAt?: number
}

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Client {
  readonly process: number
  input: RegisterInput<number> | undefined
  output: RegisterOutput<number> | undefined
  applied: boolean
  call: number
}

/** What clients see that work on true registers, each call taking effect at one instant: linearizable, as a rule. */
export function simulate(workload: Workload): RegisterOperation[] {
  const { operations, clients, keys, values, lost = 0, violationAt } = workload
  const next = random(workload.seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  const registers = new Map<string, number>()
  const history: RegisterOperation[] = []
  let processes = clients
  const idle = (process: number): Client => ({
    process,
    input: undefined,
    output: undefined,
    applied: false,
    call: 0,
  })
  const busy = Array.from({ length: clients }, (_, process) => idle(process))
  let started = 0
  let unique = 0
  let violated = violationAt === undefined
  const value = (): number => (values === undefined ? ++unique : below(values))

  for (let now = 1; history.length < operations; now++) {
    const slot = below(clients)
    const client = busy[slot]
    if (!client) break
    if (client.input === undefined) {
      if (started === operations) continue
      started++
      const key = `k${below(keys)}`
      const kind = next()
      client.call = now
      client.applied = false
      client.input =
        kind < 0.5
          ? { op: 'read', key }
          : kind < 0.8
            ? { op: 'write', key, value: value() }
            : { op: 'cas', key, from: registers.get(key) ?? null, to: value() }
    } else if (!client.applied) {
      client.applied = true
      client.output = apply(registers, client.input)
      if (!violated && started >= (violationAt ?? 0) && client.input.op === 'read') {
        client.output = -1
        violated = true
      }
    } else {
      const { process, input, output, call } = client
      if (input.op !== 'read' && next() < lost) {
        history.push({ process, input, call, return: null, outcome: 'unknown' })
        busy[slot] = idle(processes++)
        continue
      }
      history.push({
        process,
        input,
        ...(output === undefined ? {} : { output }),
        call,
        return: now,
        outcome: 'ok',
      })
      client.input = undefined
    }
  }
  return history.sort((a, b) => Number(a.call) - Number(b.call))
}

function apply(
  registers: Map<string, number>,
  input: RegisterInput<number>,
): RegisterOutput<number> | undefined {
  const key = input.key ?? ''
  const value = registers.get(key) ?? null
  switch (input.op) {
    case 'read':
      return value
    case 'write':
      registers.set(key, input.value)
      return undefined
    case 'cas':
      if (value !== input.from) return false
      registers.set(key, input.to)
      return true
  }
}

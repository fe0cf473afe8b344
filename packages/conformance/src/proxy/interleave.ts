import { closeGate, type Gate } from './gate.ts'
import type { Proxy } from './proxy.ts'

/** ms after which a request that was let go and brings nothing back is taken to wait for a lock of the other client. */
const BLOCKED_AFTER = 250

/** Who goes on next: the first client by one trip, the second, or both at once. */
export type Turn = 'A' | 'B' | '*'

/** One order of the trips of two clients. */
export interface Schedule {
  readonly turns: string
  /** Whether a client went on between two trips of the other, or both at once. */
  readonly mixed: boolean
}

/** What a client does, behind a proxy of its own. */
export interface Client {
  readonly proxy: Proxy
  act(): Promise<unknown>
}

/**
 * Plays two clients against each other in every order of their trips, one order after the other, until there is none
 * left or `bound` were played. Which trips there are is seen as they come: an order may change them.
 */
export async function* interleavings(
  next: () => Promise<readonly [Client, Client]>,
  bound: number,
): AsyncGenerator<Schedule> {
  let planned: Choice[] = []
  for (let played = 0; played < bound; played += 1) {
    const choices = await play(await next(), planned)
    const turns = choices.map(({ options, index }) => options[index]).join('')
    yield { turns, mixed: !/^(A*B*|B*A*)$/.test(turns) }
    const last = choices.findLastIndex(({ options, index }) => index + 1 < options.length)
    if (last < 0) return
    planned = choices.slice(0, last + 1).map((choice, at) => ({
      ...choice,
      index: choice.index + (at === last ? 1 : 0),
    }))
  }
}

/** A point where several turns were possible, and which one was taken. */
interface Choice {
  readonly options: readonly Turn[]
  readonly index: number
}

interface Actor {
  readonly gate: Gate
  readonly settled: Promise<void>
  done: boolean
}

async function play(
  [first, second]: readonly [Client, Client],
  planned: readonly Choice[],
): Promise<readonly Choice[]> {
  const choices: Choice[] = []
  const [a, b] = [start(first), start(second)]
  try {
    await Promise.all([a, b].map(pause))
    while (!a.done || !b.done) {
      const options = optionsOf(a, b)
      if (options.length === 0) {
        await Promise.race([a, b].filter(({ done }) => !done).map(progress))
        continue
      }
      const index = Math.min(planned[choices.length]?.index ?? 0, options.length - 1)
      choices.push({ options, index })
      const turn = options[index]
      const moving = [a, b].filter((_, at) => turn === '*' || turn === (at === 0 ? 'A' : 'B'))
      for (const { gate } of moving) gate.open()
      await Promise.all([a, b].map(pause))
    }
    return choices
  } finally {
    for (const { gate } of [a, b]) gate[Symbol.dispose]()
  }
}

function start({ proxy, act }: Client): Actor {
  const gate = closeGate(proxy)
  // What a client ends with is judged by who made it.
  const actor: Actor = { gate, done: false, settled: settle() }
  return actor

  async function settle(): Promise<void> {
    await Promise.allSettled([act()])
    actor.done = true
  }
}

function optionsOf(a: Actor, b: Actor): readonly Turn[] {
  const [left, right] = [a.gate.waiting > 0, b.gate.waiting > 0]
  if (left && right) return ['A', 'B', '*']
  if (left) return ['A']
  return right ? ['B'] : []
}

/** Until a client has ended or stands at its gate. */
async function progress({ gate, settled }: Actor): Promise<void> {
  await Promise.race([gate.arrival(), settled])
}

/** Like {@link progress}, for as long as that can take without the other client. */
async function pause(actor: Actor): Promise<void> {
  if (actor.done || actor.gate.waiting > 0) return
  const timer = Promise.withResolvers<void>()
  const blocked = setTimeout(timer.resolve, BLOCKED_AFTER)
  await Promise.race([progress(actor), timer.promise])
  clearTimeout(blocked)
}

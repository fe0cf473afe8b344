import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  PersistenceError,
  defineProvider,
  isPersistenceError,
  type Backend,
  type Page,
  type PersistenceProvider,
  type StateBackend,
  type WorkflowInstance,
  type WorkflowRepository,
} from '../src/index.ts'

interface Probe {
  readonly provider: PersistenceProvider & {
    readonly state: NonNullable<PersistenceProvider['state']>
  }
  /** What reached the backend. */
  readonly calls: string[]
}

/** A provider of a backend that has only `state`, and notes what reaches it. */
function probe(state: Partial<StateBackend> = {}, rest: Partial<Backend> = {}): Probe {
  const calls: string[] = []
  const noting = <A extends unknown[], R>(name: string, work: (...args: A) => R) => {
    return (...args: A): R => {
      calls.push(name)
      return work(...args)
    }
  }
  const provider = defineProvider({
    name: 'probe',
    capabilities: {
      clock: 'process',
      maxPayloadBytes: 1e6,
      durability: 'process',
      atomicSubscriptions: false,
      fencing: false,
    },
    ensureStore: noting('ensureStore', async () => {}),
    ping: noting('ping', async () => {}),
    close: noting('close', async () => {}),
    classify: () => undefined,
    state: {
      set: noting('set', state.set ?? (async () => {})),
      get: noting('get', state.get ?? (async () => null)),
      delete: noting('delete', async () => false),
      getAll: noting('getAll', async () => []),
    },
    ...rest,
  })
  return { provider: provider as Probe['provider'], calls }
}

const key = { workflowId: 'w', key: 'k' }

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'resolved',
    (error: unknown) => (isPersistenceError(error) ? `${error.code} ${error.outcome}` : error),
  )
}

describe('defineProvider', () => {
  it('declares what is there, frozen', () => {
    const { provider } = probe()
    expect(provider.capabilities.repositories).toEqual(['state'])
    expect(provider.workflows).toBeUndefined()
    expect(
      Object.isFrozen(provider.capabilities) && Object.isFrozen(provider.capabilities.repositories),
    ).toBe(true)
  })

  it('refuses before the backend hears of it', async () => {
    const { provider, calls } = probe()
    expect(await codeOf(provider.state.get({ workflowId: '', key: 'k' }))).toBe(
      'INVALID_VALUE not-applied',
    )
    expect(await codeOf(provider.state.get(key, { signal: AbortSignal.abort() }))).toBe(
      'ABORTED not-applied',
    )
    await expect(provider.state.get(key, { signal: 1 as never })).rejects.toThrow(TypeError)
    await expect(provider.state.get(key, 1 as never)).rejects.toThrow(TypeError)
    expect(await codeOf(provider.state.set({ ...key, value: 1 }, { requestId: '' }))).toBe(
      'INVALID_VALUE not-applied',
    )
    expect(calls).toEqual([])
  })

  it('hands over copies', async () => {
    let stored: unknown
    const { provider } = probe({ set: async (entry) => void (stored = entry.value) })
    const value = { list: [1] }
    const call = provider.state.set({ ...key, value })
    value.list.push(2)
    await call
    expect(stored).toEqual({ list: [1] })
  })

  it('classifies errors of the driver, and leaves bugs as they are', async () => {
    const busy = new PersistenceError('BUSY', 'Try again')
    const driverError = new Error('SQLITE_BUSY')
    const classify = (error: unknown): PersistenceError | undefined =>
      error === driverError ? busy : undefined
    const failing = (error: Error): Probe['provider'] =>
      probe({ get: async () => Promise.reject(error) }, { classify }).provider
    await expect(failing(driverError).state.get(key)).rejects.toBe(busy)
    const bug = new TypeError('undefined is not a function')
    await expect(failing(bug).state.get(key)).rejects.toBe(bug)
  })

  it('ends the wait when the signal fires, and says whether a write may have been applied', async () => {
    const never = new Promise<never>(() => {})
    const { provider } = probe({ get: async () => never, set: async () => never })
    const controller = new AbortController()
    const { signal } = controller
    const calls = [
      provider.state.get(key, { signal }),
      provider.state.set({ ...key, value: 1 }, { signal }),
    ]
    const codes = Promise.all(calls.map(codeOf))
    controller.abort(new Error('the user left'))
    expect(await codes).toEqual(['ABORTED not-applied', 'ABORTED unknown'])
    await expect(calls[0]).rejects.toHaveProperty('cause.message', 'the user left')
  })

  it('waits for calls under way before it closes, once, and is closed from then on', async () => {
    const gate = Promise.withResolvers<void>()
    const order: string[] = []
    const { provider, calls } = probe(
      { set: async () => gate.promise.then(() => void order.push('written')) },
      { close: async () => void order.push('closed') },
    )
    const writing = provider.state.set({ ...key, value: 1 })
    const disposing = Promise.all([
      provider[Symbol.asyncDispose](),
      provider[Symbol.asyncDispose](),
    ])
    expect(await codeOf(provider.state.get(key))).toBe('CLOSED not-applied')
    gate.resolve()
    await Promise.all([writing, disposing])
    expect(order).toEqual(['written', 'closed'])
    expect(await codeOf(provider.ping())).toBe('CLOSED not-applied')
    expect(calls).toEqual(['set'])
  })
})

describe('isPersistenceError', () => {
  it('knows an error of another copy of the package by its brand', () => {
    const foreign = Object.assign(new Error('taken'), {
      code: 'CONFLICT',
      [Symbol.for('holdfast.PersistenceError')]: true,
    })
    expect(isPersistenceError(foreign, 'CONFLICT')).toBe(true)
    expect(isPersistenceError(foreign, 'NOT_FOUND')).toBe(false)
    expect(isPersistenceError(new Error('taken'))).toBe(false)
    expect(isPersistenceError(null)).toBe(false)
  })
})

describe('types', () => {
  it('say what users rely on', () => {
    expectTypeOf<
      WorkflowRepository['get']
    >().returns.resolves.toEqualTypeOf<WorkflowInstance | null>()
    expectTypeOf<WorkflowRepository['getRunnable']>().returns.resolves.toEqualTypeOf<Page<string>>()
    expectTypeOf<PersistenceProvider['workflows']>().toEqualTypeOf<WorkflowRepository | undefined>()
    expectTypeOf<WorkflowInstance['nextExecution']>().toEqualTypeOf<number | null>()
    expectTypeOf<Parameters<WorkflowRepository['create']>[0]>().not.toHaveProperty('version')
    expectTypeOf<WorkflowInstance>().toExtend<Parameters<WorkflowRepository['update']>[0]>()
    expectTypeOf<PersistenceProvider>().toExtend<AsyncDisposable>()
    // @ts-expect-error a result belongs to its caller as it is
    const rename = (workflow: WorkflowInstance): void => void (workflow.id = 'other')
    expect(rename).toBeTypeOf('function')
  })
})

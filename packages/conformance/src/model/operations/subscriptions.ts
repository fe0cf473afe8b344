import fc from 'fast-check'
import type { JsonValue, NewSubscription, Subscription, TokenRequest } from '@holdfast/spec'
import {
  clearToken,
  createSubscription,
  findFirstOpen,
  findSubscription,
  findSubscriptions,
  isOpen,
  setToken,
  terminate,
} from '../subscriptions.ts'
import type { Family, Prepared, Setting } from './operation.ts'
import {
  allRefs,
  idsOf,
  LATE,
  lateMoments,
  limits,
  literal,
  madeId,
  moments,
  newRefs,
  owners,
  payloads,
  rarely,
  readAll,
  record,
  refs,
  SWEEP_LIMIT,
  ttls,
  weighted,
  workflowOf,
} from './pieces.ts'
import type { Moment, Ref, World } from './world.ts'

interface Subject {
  readonly name: Ref
  readonly key: Ref
}

interface Lease {
  readonly token: 0 | 1
  readonly worker: 0 | 1
  readonly expiry: Moment | null
}

export type SubscriptionOperation =
  | (Subject & {
      readonly method: 'subscriptions.create'
      readonly id: Ref | null
      readonly workflow: Ref
      readonly asOf: Moment
      readonly lease: Lease | undefined
      readonly data: JsonValue | undefined
    })
  | { readonly method: 'subscriptions.get' | 'subscriptions.terminate'; readonly id: Ref }
  | (Subject & {
      readonly method: 'subscriptions.find'
      readonly asOf: Moment
      readonly limit: number
    })
  | (Subject & { readonly method: 'subscriptions.findFirstOpen'; readonly asOf: Moment })
  | {
      readonly method: 'subscriptions.setToken'
      readonly id: Ref
      readonly token: 0 | 1
      readonly worker: 0 | 1
      readonly ttl: number | null
    }
  | {
      readonly method: 'subscriptions.clearToken'
      readonly id: Ref
      readonly token: 0 | 1 | 'held'
    }

const subject = {
  name: fc.constantFrom<Ref>(0, 0, 0, 0, 1),
  key: fc.constantFrom<Ref>(0, 0, 0, 0, 1),
}
const few = fc.constantFrom<0 | 1>(0, 0, 1)

function operations({ injected, turns }: Setting): fc.Arbitrary<SubscriptionOperation> {
  // Without the kit's clock an expiry that comes is far off, so that it is there to the end.
  const expiries = injected
    ? fc.constantFrom(60_000, 1000, 0, -1, null)
    : fc.constantFrom(LATE, -LATE, null)
  return weighted(
    [
      5,
      record({
        method: literal('subscriptions.create'),
        id: newRefs,
        workflow: owners,
        ...subject,
        asOf: moments,
        lease: rarely(record({ token: few, worker: few, expiry: expiries })),
        data: rarely(payloads),
      }),
    ],
    [
      5,
      record({
        method: literal('subscriptions.setToken'),
        id: refs,
        token: few,
        worker: few,
        // The expiry is not told by the call, and cannot be known of a clock that is not the kit's.
        ttl: injected ? ttls(injected) : fc.constant(null),
      }),
    ],
    [
      3,
      record({
        method: literal('subscriptions.clearToken'),
        id: refs,
        token: fc.constantFrom<'held' | 0 | 1>('held', 'held', 0, 1),
      }),
    ],
    [turns ? 6 : 2, record({ method: literal('subscriptions.get'), id: refs })],
    [2, record({ method: literal('subscriptions.terminate'), id: refs })],
    [
      2,
      record({
        method: literal('subscriptions.find'),
        ...subject,
        asOf: lateMoments,
        limit: limits,
      }),
    ],
    [
      3,
      record({
        method: literal('subscriptions.findFirstOpen'),
        ...subject,
        asOf: lateMoments,
      }),
    ],
  )
}

function prepare(operation: SubscriptionOperation, world: World): Prepared {
  const { model } = world
  const made = world.made.subscriptions
  const idOf = (ref: Ref): string => world.id(ref, idsOf(model.subscriptions))
  switch (operation.method) {
    case 'subscriptions.create': {
      const { id, lease, data } = operation
      const subscription: NewSubscription = {
        ...(id !== null && { id: idOf(id) }),
        workflowId: workflowOf(operation.workflow, world),
        stepId: '1',
        executionPointerId: 'p1',
        eventName: world.id(operation.name),
        eventKey: world.id(operation.key),
        subscribeAsOf: world.at(operation.asOf),
        ...(data !== undefined && { data }),
        ...(lease && {
          token: tokenOf(lease.token),
          workerId: workerOf(lease.worker),
          tokenExpiry: lease.expiry === null ? null : world.at(lease.expiry),
        }),
      }
      return {
        args: [subscription],
        kind: 'write',
        call: async ({ subscriptions }, options) => subscriptions.create(subscription, options),
        expect: (seen) =>
          createSubscription(model, subscription, subscription.id ?? madeId(seen, made)),
        trace(seen) {
          const { id: given } = seen as Subscription
          return {
            record: `subscription ${given}`,
            creates: true,
            isThere: findSubscription(model, given) !== undefined,
          }
        },
      }
    }
    case 'subscriptions.get': {
      const id = idOf(operation.id)
      return {
        args: [id],
        kind: 'read',
        call: async ({ subscriptions }) => subscriptions.get(id),
        expect: () => findSubscription(model, id) ?? null,
      }
    }
    case 'subscriptions.terminate': {
      const id = idOf(operation.id)
      return {
        args: [id],
        kind: 'write',
        call: async ({ subscriptions }, options) => subscriptions.terminate(id, options),
        expect: () => terminate(model, id),
        sameAgain: false,
      }
    }
    case 'subscriptions.find': {
      const { method, limit } = operation
      const filter = filterOf(operation, world)
      return {
        args: [{ ...filter, limit }],
        kind: 'read',
        call: async ({ subscriptions }) =>
          readAll(world, method, limit, async (page) => subscriptions.find({ ...filter, ...page })),
        expect: () => findSubscriptions(model, filter),
      }
    }
    case 'subscriptions.findFirstOpen': {
      const filter = filterOf(operation, world)
      return {
        args: [filter],
        kind: 'read',
        call: async ({ subscriptions }) => subscriptions.findFirstOpen(filter),
        expect: (_, now) => findFirstOpen(model, filter, now) ?? null,
      }
    }
    case 'subscriptions.setToken': {
      const id = idOf(operation.id)
      const request: TokenRequest = {
        token: tokenOf(operation.token),
        workerId: workerOf(operation.worker),
        ttl: operation.ttl,
      }
      return {
        args: [id, request],
        kind: 'write',
        call: async ({ subscriptions }, options) => subscriptions.setToken(id, request, options),
        expect(_, now) {
          const stored = findSubscription(model, id)
          if (stored && stored.token !== null && isOpen(stored, now))
            world.note('subscriptions.setToken over an expired token')
          return setToken(model, id, request, now)
        },
      }
    }
    case 'subscriptions.clearToken': {
      const id = idOf(operation.id)
      const held = findSubscription(model, id)?.token
      const token = operation.token === 'held' ? (held ?? 'token') : tokenOf(operation.token)
      return {
        args: [id, token],
        kind: 'write',
        call: async ({ subscriptions }, options) => subscriptions.clearToken(id, token, options),
        expect: () => clearToken(model, id, token),
        sameAgain: false,
      }
    }
  }
}

function tokenOf(ref: 0 | 1): string {
  return ref === 0 ? 'token' : 'Token'
}

function workerOf(ref: 0 | 1): string {
  return ref === 0 ? 'worker' : 'Worker'
}

function filterOf(
  operation: Subject & { readonly asOf: Moment },
  world: World,
): { readonly eventName: string; readonly eventKey: string; readonly asOf: number } {
  return {
    eventName: world.id(operation.name),
    eventKey: world.id(operation.key),
    asOf: world.at(operation.asOf),
  }
}

export const subscriptionFamily: Family<SubscriptionOperation> = {
  name: 'subscriptions',
  methods: [
    'subscriptions.create',
    'subscriptions.get',
    'subscriptions.find',
    'subscriptions.findFirstOpen',
    'subscriptions.terminate',
    'subscriptions.setToken',
    'subscriptions.clearToken',
  ],
  operations,
  prepare,
  sweep: (world) => [
    ...[0, 1].flatMap((name) =>
      [0, 1].map((key) => ({
        method: 'subscriptions.find' as const,
        name,
        key,
        asOf: LATE,
        limit: SWEEP_LIMIT,
      })),
    ),
    { method: 'subscriptions.findFirstOpen', name: 0, key: 0, asOf: LATE },
    ...allRefs(world, idsOf(world.model.subscriptions)).map((id) => ({
      method: 'subscriptions.get' as const,
      id,
    })),
  ],
  wanted: ({ injected }) => [
    'subscriptions.create CONFLICT',
    'subscriptions.setToken nothing',
    'subscriptions.clearToken nothing',
    'subscriptions.findFirstOpen nothing',
    'subscriptions.find pages',
    ...(injected ? ['subscriptions.setToken over an expired token'] : []),
  ],
}

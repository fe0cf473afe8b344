import fc from 'fast-check'
import type {
  ClaimedTask,
  ClaimRequest,
  NextClaimRequest,
  TaskClaim,
  TaskKey,
} from '@holdfast/spec'
import { ok, show } from '../../expect.ts'
import {
  availableTasks,
  claimNext,
  claimTask,
  extendClaim,
  holds,
  lastClaim,
  releaseClaim,
  type TokenOf,
} from '../claims.ts'
import { differenceOf } from '../compare.ts'
import type { Family, Prepared, Setting, Trace } from './operation.ts'
import {
  defined,
  instantIn,
  limits,
  literal,
  memberOf,
  readAll,
  record,
  SWEEP_LIMIT,
  ttls,
  weighted,
} from './pieces.ts'
import { snapshotKeyOf, snapshotRefs, tagLists, taskRefs, type SnapshotRef } from './snapshots.ts'
import { pick, type Ref, type There, type World } from './world.ts'

export type ClaimOperation =
  | {
      readonly method: 'claims.claim'
      readonly task: TaskRef
      readonly worker: 0 | 1
      readonly ttl: number | null
    }
  | {
      readonly method: 'claims.extend'
      readonly claim: Back
      readonly by: Owner
      readonly ttl: number | null
    }
  | { readonly method: 'claims.release'; readonly claim: Back; readonly by: Owner }
  | {
      readonly method: 'claims.findAvailable'
      readonly tags: readonly string[] | undefined
      readonly limit: number
    }
  | {
      readonly method: 'claims.claimNext'
      readonly worker: 0 | 1
      readonly ttl: number | null
      readonly tags: readonly string[] | undefined
    }

/** A task that is available, or one that some snapshot lists, or any. */
type TaskRef =
  | (There & { readonly of: 'available' | 'listed' })
  | { readonly snapshot: SnapshotRef; readonly task: Ref }

/** How many claims back: 0 is the last one. */
type Back = number

/** In whose name a claim is used. */
type Owner = 'owner' | 'other'

const EXPIRED = 'a task whose last claim had expired'

const backs = fc.constantFrom<Back>(0, 0, 0, 1, 2)
const bearers = fc.constantFrom<Owner>('owner', 'owner', 'owner', 'other')
const workers = fc.constantFrom<0 | 1>(0, 1)
const tasks: fc.Arbitrary<TaskRef> = weighted(
  [
    6,
    record({
      there: fc.constantFrom(0, 0, 1, 2),
      of: fc.constantFrom(
        'available' as const,
        'available' as const,
        'available' as const,
        'listed' as const,
      ),
    }),
  ],
  [1, record({ snapshot: snapshotRefs, task: taskRefs })],
)

function operations({ injected }: Setting): fc.Arbitrary<ClaimOperation> {
  const ttl = ttls(injected)
  return weighted(
    [
      6,
      record({
        method: literal('claims.claim'),
        task: tasks,
        worker: workers,
        ttl,
      }),
    ],
    [3, record({ method: literal('claims.extend'), claim: backs, by: bearers, ttl })],
    [3, record({ method: literal('claims.release'), claim: backs, by: bearers })],
    [
      3,
      record({
        method: literal('claims.findAvailable'),
        tags: tagLists,
        limit: limits,
      }),
    ],
    [
      4,
      record({
        method: literal('claims.claimNext'),
        worker: workers,
        ttl,
        tags: tagLists,
      }),
    ],
  )
}

function prepare(operation: ClaimOperation, world: World): Prepared | null {
  const { model, claims } = world
  switch (operation.method) {
    case 'claims.claim': {
      const { task, worker, ttl } = operation
      const request: ClaimRequest = {
        ...taskOf(task, world),
        workerId: workerOf(worker),
        ttl,
      }
      return {
        args: [request],
        kind: 'write',
        call: async (store, options) => store.claims.claim(request, options),
        expect(seen, now) {
          const before = lastClaim(model, request)
          const claim = claimTask(model, request, tokenIn(seen), now)
          if (claim && before) world.note(EXPIRED)
          if (claim) claims.push(claim)
          return claim
        },
        tellsTime: (seen) => instantIn(seen, 'claimedAt'),
        trace: (seen, now) => traceOf(seen as TaskClaim, world, now),
      }
    }
    case 'claims.claimNext': {
      const { worker, ttl, tags } = operation
      const request: NextClaimRequest = { workerId: workerOf(worker), ttl, ...defined({ tags }) }
      return {
        args: [request],
        kind: 'write',
        call: async (store, options) => store.claims.claimNext(request, options),
        expect(seen, now) {
          const before = model.claims
          const claimed = claimNext(model, request, tokenIn(memberOf(seen, 'claim')), now)
          if (claimed && before.length === model.claims.length) world.note(EXPIRED)
          if (claimed) claims.push(claimed.claim)
          return claimed
        },
        tellsTime: (seen) => instantIn(memberOf(seen, 'claim'), 'claimedAt'),
        // The task may have been changed since, so that the result is not the same.
        trace: (seen, now) => ({
          ...traceOf((seen as ClaimedTask).claim, world, now),
          creates: true,
        }),
      }
    }
    case 'claims.extend': {
      const { ttl } = operation
      const claim = claimOf(operation, world)
      if (!claim) return null
      return {
        // From now on, again: by a clock that goes on, to a later instant.
        sameAgain: false,
        args: [claim, ttl],
        kind: 'write',
        call: async (store, options) => store.claims.extend(claim, ttl, options),
        expect(_, now) {
          const extended = extendClaim(model, claim, ttl, now)
          if (extended) claims[claims.indexOf(claim)] = extended
          return extended
        },
        tellsTime(seen) {
          const expiresAt = instantIn(seen, 'expiresAt')
          return expiresAt === undefined || ttl === null ? undefined : expiresAt - ttl
        },
      }
    }
    case 'claims.release': {
      const claim = claimOf(operation, world)
      if (!claim) return null
      return {
        args: [claim],
        kind: 'write',
        call: async (store, options) => store.claims.release(claim, options),
        expect: (_, now) => releaseClaim(model, claim, now),
        sameAgain: false,
      }
    }
    case 'claims.findAvailable': {
      const { method, limit } = operation
      const filter = defined({ tags: operation.tags })
      return {
        args: [{ ...filter, limit }],
        kind: 'read',
        call: async (store) =>
          readAll(world, method, limit, async (page) =>
            store.claims.findAvailable({ ...filter, ...page }),
          ),
        expect: (_, now) => availableTasks(model, operation.tags, now),
      }
    }
  }
}

function workerOf(ref: 0 | 1): string {
  return ref === 0 ? 'worker' : 'Worker'
}

function taskOf(ref: TaskRef, world: World): TaskKey {
  if ('task' in ref) return { ...snapshotKeyOf(ref.snapshot, world), taskId: world.id(ref.task) }
  const { snapshots } = world.model
  const listed = snapshots.flatMap(({ content }) =>
    content.readyTasks.map((task) => ({ ...content, ...task })),
  )
  const available = availableTasks(world.model, undefined, world.now())
  const found = pick<TaskKey>(ref.of === 'available' ? available : listed, ref)
  const [a = world.id(0), b = a, c = a] = found
    ? [found.instanceId, found.workflowId, found.taskId]
    : []
  return { instanceId: a, workflowId: b, taskId: c }
}

function claimOf(
  { claim: back, by }: { readonly claim: Back; readonly by: Owner },
  { claims }: World,
): TaskClaim | undefined {
  const claim = claims.at(-1 - back)
  return claim && by === 'other' ? { ...claim, workerId: `${claim.workerId}2` } : claim
}

/** Takes over the fencing token that the store made. */
function tokenIn(seen: unknown): TokenOf {
  return (above) => {
    // No claim: the comparison says more than this could.
    if (typeof seen !== 'object' || seen === null) return above + 1
    const token = memberOf(seen, 'token')
    ok(
      Number.isSafeInteger(token) && (token as number) > above,
      `The fencing token ${show(token)} is not above ${above}, the last one of this task`,
    )
    return token as number
  }
}

/** Known for as long as the claim is held as it was made. */
function traceOf(claim: TaskClaim, { model }: World, now: number): Trace {
  const { instanceId, workflowId, taskId } = claim
  return {
    record: `claim ${JSON.stringify([instanceId, workflowId, taskId])}`,
    creates: false,
    isThere: holds(model, claim, now) && !differenceOf(lastClaim(model, claim), claim),
  }
}

export const claimFamily: Family<ClaimOperation> = {
  name: 'claims',
  methods: [
    'claims.claim',
    'claims.extend',
    'claims.release',
    'claims.findAvailable',
    'claims.claimNext',
  ],
  operations,
  prepare,
  sweep: () => [
    { method: 'claims.findAvailable', tags: undefined, limit: SWEEP_LIMIT },
    { method: 'claims.findAvailable', tags: ['gpu'], limit: SWEEP_LIMIT },
  ],
  wanted: ({ injected, fencing }) => [
    'claims.claim nothing',
    'claims.extend nothing',
    'claims.release nothing',
    'claims.claimNext nothing',
    'claims.findAvailable pages',
    ...(injected ? [EXPIRED] : []),
    ...(fencing ? ['snapshots.save with a fence', 'snapshots.save CLAIM_LOST'] : []),
  ],
}

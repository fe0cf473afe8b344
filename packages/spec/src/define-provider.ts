import type { Backend } from './backend.ts'
import { guardClaims } from './guard/claims.ts'
import { guardCommands } from './guard/commands.ts'
import { guardErrors } from './guard/error-log.ts'
import { guardEvents } from './guard/events.ts'
import { createRunner } from './guard/run.ts'
import { guardSnapshots } from './guard/snapshots.ts'
import { guardState } from './guard/state.ts'
import { guardSteps } from './guard/steps.ts'
import { guardSubscriptions } from './guard/subscriptions.ts'
import { guardWorkflows } from './guard/workflows.ts'
import { REPOSITORY_NAMES, type PersistenceProvider, type Repositories } from './provider.ts'

/**
 * The provider of a backend: everything that the contract asks of every store alike, and that needs no store, is done
 * here, before any I/O. That is: the value domain, copies, ids, request ids, pages, capabilities, abort, disposal, and
 * errors of the one class.
 *
 * A plain function, not a base class: an author who has other ideas implements {@link PersistenceProvider} directly.
 */
export function defineProvider(backend: Backend): PersistenceProvider {
  const runner = createRunner(backend)
  const { run } = runner
  const capabilities = Object.freeze({
    ...backend.capabilities,
    repositories: Object.freeze(REPOSITORY_NAMES.filter((name) => backend[name] !== undefined)),
  })
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    backend
  const repositories: Repositories = {
    ...(workflows && { workflows: guardWorkflows(workflows, run, capabilities) }),
    ...(steps && { steps: guardSteps(steps, run) }),
    ...(state && { state: guardState(state, run) }),
    ...(events && { events: guardEvents(events, run) }),
    ...(subscriptions && { subscriptions: guardSubscriptions(subscriptions, run) }),
    ...(commands && { commands: guardCommands(commands, run) }),
    ...(snapshots && { snapshots: guardSnapshots(snapshots, run, capabilities) }),
    ...(claims && { claims: guardClaims(claims, run) }),
    ...(errors && { errors: guardErrors(errors, run) }),
  }
  return Object.freeze({
    name: backend.name,
    capabilities,
    ...repositories,
    ensureStore: async (options) =>
      run('write', options, async (call) => backend.ensureStore(call)),
    ping: async (options) => run('read', options, async (call) => backend.ping(call)),
    [Symbol.asyncDispose]: async () => runner.close(),
  } satisfies PersistenceProvider)
}

import type { Capabilities, PersistenceProvider } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const capabilityFaults: readonly Fault[] = [
  fault('unknown-repository-is-declared', {
    rule: 'CAP-01',
    bug: 'dapr#169: a feature is advertised that nothing is behind',
    says: /that the contract does not know/,
    wrap: (provider) =>
      declaring(provider, {
        repositories: Object.freeze([...provider.capabilities.repositories, 'signals']),
      }),
  }),

  fault('durability-is-a-flag', {
    rule: 'CAP-02',
    bug: 'dapr#169: what a store promises is a word that nobody checks',
    says: /durability is one of/,
    wrap: (provider) => declaring(provider, { durability: true }),
  }),

  fault('step-stamps-to-the-second', {
    rule: 'CAP-03',
    bug: 'asynq#1071, temporal PR#3255: one table has stamps of another precision than the clock',
    says: /a stamp, which is what the clock says/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async create(step, options) {
          const created = await real.create(step, options)
          const { createdAt = Math.floor(created.createdAt / 1000) * 1000 } = step
          return { ...created, createdAt }
        },
      })),
  }),

  fault('empty-options-are-stumbled-on', {
    rule: 'CAP-04',
    bug: 'workflow-core W5: an argument that is there and empty is read as if it were full',
    says: /state.getAll is declared and works/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async getAll(workflowId, options) {
          const entries = await real.getAll(workflowId, options)
          if (options !== undefined && options.signal === undefined)
            throw new TypeError("Cannot read properties of undefined (reading 'aborted')")
          return entries
        },
      })),
  }),
]

/** The provider, which says other things of itself than are so. */
function declaring(
  provider: PersistenceProvider,
  untrue: Partial<Record<keyof Capabilities, unknown>>,
): PersistenceProvider {
  const capabilities = Object.freeze({ ...provider.capabilities, ...untrue }) as Capabilities
  return { ...provider, capabilities }
}

import { fault, override, type Fault } from './fault.ts'

export const timeZoneFaults: readonly Fault[] = [
  fault('local-relabelled-utc', {
    rule: 'TZ-01',
    bug: 'workflow-core#1373, W12: SpecifyKind(local, Utc) relabels a local time',
    says: /written in UTC, read in Asia\/Kolkata/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        getRunnable: async (query, options) =>
          real.getRunnable({ ...query, asOf: relabelled(query.asOf) }, options),
      })),
  }),

  fault('local-text', {
    rule: 'TZ-01',
    bug: 'workflow-core#1373 and its kind: a local time is two instants when clocks go back',
    says: /written in America\/New_York/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { completedAt } = workflow
          if (completedAt === undefined) return real.create(workflow, options)
          return real.create({ ...workflow, completedAt: throughLocalText(completedAt) }, options)
        },
      })),
  }),

  fault('event-bound-local', {
    rule: 'TZ-02',
    bug: 'workflow-core W11, W22: asOf is not converted to UTC',
    says: /found from .*read in Asia\/Kolkata/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        find: async (query, options) =>
          real.find({ ...query, asOf: relabelled(query.asOf) }, options),
      })),
  }),

  fault('event-purge-local', {
    rule: 'TZ-02',
    bug: 'workflow-core: the purger of RavenDB does not convert to UTC',
    says: /all: written in Asia\/Kolkata/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        purge: async (query, options) =>
          real.purge({ ...query, olderThan: relabelled(query.olderThan) }, options),
      })),
  }),

  fault('error-time-local', {
    rule: 'TZ-03',
    bug: 'workflow-core W12, W34: local ticks are stored and read as UTC',
    says: /errors: written in Asia\/Kolkata/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) =>
          real.append(
            errors.map((error) => ({ ...error, errorTime: relabelled(error.errorTime) })),
            options,
          ),
      })),
  }),

  fault('command-due-local', {
    rule: 'TZ-03',
    bug: 'workflow-core W22: what is due is asked in local time',
    says: /due at .*read in Asia\/Kolkata/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        process: async (query, handler, options) =>
          real.process({ ...query, asOf: relabelled(query.asOf) }, handler, options),
      })),
  }),
]

/** The local time of an instant, taken for UTC. Only where a rule sets the zone: most machines have one of their own. */
function relabelled(instant: number): number {
  if (process.env.TZ === undefined || Math.abs(instant) > 8e15) return instant
  return instant - new Date(instant).getTimezoneOffset() * 60_000
}

function throughLocalText(instant: number): number {
  if (process.env.TZ === undefined) return instant
  const local = new Date(relabelled(instant)).toISOString().replace('Z', '')
  return Date.parse(local)
}

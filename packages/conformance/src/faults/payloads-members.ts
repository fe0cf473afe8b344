import {
  PersistenceError,
  type ExecutionPointer,
  type JsonObject,
  type JsonValue,
  type PersistenceProvider,
  type WorkflowInstance,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const payloadMemberFaults: readonly Fault[] = [
  fault('command-data-ends-at-nul', {
    rule: 'DATA-10',
    bug: 'workflow-core W45: what a store makes of the data of a command',
    says: /the data that a handler gets/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          if (typeof handler !== 'function') return real.process(query, handler, options)
          return real.process(
            query,
            async (command, context) => {
              const [data = ''] = command.data.split('\0')
              return handler({ ...command, data }, context)
            },
            options,
          )
        },
      })),
  }),

  fault('children-joined-with-semicolons', {
    rule: 'DATA-11',
    bug: 'workflow-core W7: children are joined with a semicolon',
    says: /children and scope of a pointer|pointers of a workflow/,
    wrap: (provider) =>
      overridePointers(provider, (pointer) => ({
        ...pointer,
        children:
          pointer.children.length > 1 ? pointer.children.join(';').split(';') : pointer.children,
      })),
  }),

  fault('update-keeps-what-falsy-replaces', {
    rule: 'DATA-12',
    bug: 'Gorkflow 0e43951: COALESCE in an update',
    says: /data of a workflow that was updated/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const { data } = workflow
          if (data === undefined || Boolean(data)) return real.update(workflow, options)
          const stored: JsonValue | undefined = (await real.get(workflow.id))?.data
          return real.update({ ...workflow, data: stored ?? data }, options)
        },
      })),
  }),

  fault('scope-turns-round-with-each-update', {
    rule: 'DATA-13',
    bug: 'workflow-core #201: the order of Scope is reversed by each save',
    also: ['DATA-15', 'ID-11'],
    says: /a workflow that was saved again/,
    wrap: (provider) =>
      overridePointers(provider, (pointer, { version }) =>
        version % 2 === 0 ? { ...pointer, scope: pointer.scope.toReversed() } : pointer,
      ),
  }),

  fault('no-progress-is-none', {
    rule: 'DATA-14',
    bug: 'workflow-core e781995b: a member that is falsy is taken for absent',
    says: /progress of a workflow, which is given, is there/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async get(id, options) {
          const found = await real.get(id, options)
          if (found?.progress !== 0) return found
          const { progress: _, ...rest } = found
          return rest
        },
      })),
  }),

  fault('compensated-is-cancelled', {
    rule: 'DATA-15',
    bug: 'workflow-core 55db9285: an enumeration is stored wrongly',
    says: /get returns what create returned/,
    wrap: (provider) =>
      overridePointers(provider, (pointer) => ({
        ...pointer,
        status: pointer.status === 'compensated' ? 'cancelled' : pointer.status,
      })),
  }),

  fault('dates-begin-in-1601', {
    rule: 'DATA-16',
    bug: 'workflow-core W44: Azure Table refuses dates before 1601',
    says: /1601/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { startedAt } = workflow
          if (startedAt !== undefined && startedAt < Date.UTC(1601, 0, 1))
            throw new PersistenceError('INVALID_VALUE', 'A date must not be before 1601')
          return real.create(workflow, options)
        },
      })),
  }),

  fault('state-nests-100-levels', {
    rule: 'DATA-17',
    bug: 'Flow Orchestrator: FlatBuffers refuses deep nesting',
    says: /too deep/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const found = await real.get(key, options)
          if (found && depthOf(found.value) > 100)
            throw new PersistenceError('CORRUPT', 'The value nests too deep')
          return found
        },
      })),
  }),

  fault('output-names-taken-from-earlier-ones', {
    rule: 'DATA-21',
    bug: 'nodejs/node#63785: JSON.parse gives the name that an earlier object has there',
    says: /steps.saveOutput output with an escaped name/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => ({
        async loadOutput(key, options) {
          const found = await real.loadOutput(key, options)
          const names = Object.keys(asObject(found?.output))
          const last = names.pop()
          if (found === null || last === undefined) return found
          const earlier = `escaped after ${JSON.stringify(names)}`
          if (last === '\\') store.set(earlier, true)
          if (!store.has(earlier) || !/^[\t"]$/.test(last)) return found
          const { [last]: value = null, ...rest } = asObject(found.output)
          return { ...found, output: { ...rest, '\\': value } }
        },
      })),
  }),
]

/** Changes each pointer that is read. */
function overridePointers(
  provider: PersistenceProvider,
  change: (pointer: ExecutionPointer, workflow: WorkflowInstance) => ExecutionPointer,
): PersistenceProvider {
  return override(provider, 'workflows', (real) => ({
    async get(id, options) {
      const found = await real.get(id, options)
      return found && { ...found, pointers: found.pointers.map((item) => change(item, found)) }
    },
  }))
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}

function depthOf(value: JsonValue): number {
  let depth = 0
  let level: readonly JsonValue[] = [value]
  while (level.some((item) => typeof item === 'object' && item !== null)) {
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    )
    depth += 1
  }
  return depth
}

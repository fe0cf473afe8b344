import type { JsonValue, PersistenceProvider } from '@holdfast/spec'
import { Inconclusive, equal, ok, rejects } from '../expect.ts'
import { aCommand, aSnapshot, aStep, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { mainPorts, portsOf, type Port } from './ports.ts'

/** Bytes of JSON that every store takes in a payload. */
const FLOOR = 256 * 1024

/** The largest payload that a check makes: above it, limits are believed. */
const AFFORDABLE = 128 * 1024 * 1024

/** What the rest of a record of the fixtures takes at the most. */
const REST = 4096

/** Decision 13: how large a record may be. */
export const sizes: readonly Rule[] = [
  rule('SIZE-01', {
    title: 'every repository takes a payload of 256 KiB, one that cannot be compressed too',
    clause: 13,
    needs: [],
    bugs: ['workflow-core W42', 'Azure/durabletask#1185', 'mastra#17284', 'Elsa#3849'],
    async check(store, trial) {
      const payloads: Readonly<Record<string, JsonValue>> = {
        'of one letter': 'x'.repeat(FLOOR - 2),
        'of three-byte letters': '\u6f22'.repeat((FLOOR - 2) / 3),
        'that cannot be compressed': noise(FLOOR - 2),
        'of many members': Array.from({ length: 4000 }, (_, index) => ({
          [`k${index}`]: noise(50),
        })),
      }
      for (const port of portsOf(store, mainPorts)) {
        for (const [name, value] of Object.entries(payloads)) {
          const id = trial.id()
          await port.write(store, id, value)
          const found = await port.read(store, id)
          equal(found?.value, value, `a payload ${name} in ${port.name}`)
          trial.count('payloads')
        }
      }
    },
  }),

  rule('SIZE-02', {
    title: 'a command takes 256 KiB of data',
    clause: 13,
    needs: ['commands'],
    bugs: ['workflow-core W8: a Data of more than 500 is swallowed', 'workflow-core W15'],
    async check({ commands }, trial) {
      const command = aCommand({ name: trial.id(), data: noise(FLOOR - 2) })
      await commands.schedule(command)
      equal((await commands.list()).items, [command], 'the command that is listed')
    },
  }),

  rule('SIZE-03', {
    title: 'a record just below maxPayloadBytes is stored',
    clause: 17,
    needs: [],
    bugs: ['dapr/components-contrib#169', 'workflow-core #1082', 'workflow-core #636'],
    async check(store, trial) {
      const [port] = portsOf(store, mainPorts)
      const size = Math.min(store.capabilities.maxPayloadBytes, AFFORDABLE / 4) - REST
      const value = noise(size)
      const id = trial.id()
      if (port === undefined) return
      await port.write(store, id, value)
      const found = await port.read(store, id)
      ok(found?.value === value, `a payload of ${size} bytes in ${port.name} comes back`)
    },
  }),

  rule('SIZE-04', {
    title: 'a record above maxPayloadBytes is TOO_LARGE, and nothing is created',
    clause: 13,
    needs: [],
    bugs: ['workflow-core W42', 'Azure/durabletask#448', 'langgraph-checkpoint-dynamodb#2'],
    async check(store, trial) {
      const value = 'x'.repeat(affordable(store))
      for (const port of portsOf(store, mainPorts)) {
        const id = trial.id()
        await rejects(
          port.write(store, id, value),
          'TOO_LARGE',
          `${value.length} bytes in ${port.name}`,
        )
        equal(await port.read(store, id), null, `what the refused ${port.name} stored`)
        trial.count('payloads')
      }
    },
  }),

  rule('SIZE-05', {
    title: 'a write that is TOO_LARGE leaves the record as it was',
    clause: 13,
    needs: [],
    bugs: ['mastra PR#21420', 'Elsa#3849', 'workflow-core W5'],
    async check(store, trial) {
      const value = 'x'.repeat(affordable(store))
      for (const [name, port, overwrite] of overwrites) {
        if (portsOf(store, [port]).length === 0) continue
        const id = trial.id()
        await port.write(store, id, 'before')
        await rejects(overwrite(store, id, value), 'TOO_LARGE', `${value.length} bytes in ${name}`)
        equal(
          await port.read(store, id),
          { value: 'before' },
          `the record after the refused ${name}`,
        )
        await overwrite(store, id, 'after')
        const found = await port.read(store, id)
        equal(found, { value: 'after' }, `the record after a ${name} that is not too large`)
        trial.count('payloads')
      }
    },
  }),

  rule('SIZE-06', {
    title: 'maxPayloadBytes counts bytes of UTF-8, not letters',
    clause: 17,
    needs: [],
    bugs: ['workflow-core W42: bytes and UTF-16', 'workflow-core W15'],
    async check(store, trial) {
      const value = '\u6f22'.repeat(Math.floor(affordable(store) / 2))
      for (const port of portsOf(store, mainPorts).slice(0, 2)) {
        const id = trial.id()
        const what = `half as many three-byte letters as bytes are allowed, in ${port.name}`
        await rejects(port.write(store, id, value), 'TOO_LARGE', what)
        equal(await port.read(store, id), null, `what the refused ${port.name} stored`)
      }
    },
  }),
]

type Overwrite = readonly [
  name: string,
  port: Port,
  overwrite: (store: PersistenceProvider, id: string, value: JsonValue) => Promise<unknown>,
]

const overwrites: readonly Overwrite[] = [
  overwriteOf('workflows.create data', 'workflows.update', async ({ workflows }, id, data) =>
    workflows?.update({ ...aWorkflow({ data }), id, version: 1 }),
  ),
  overwriteOf('steps.create input', 'steps.update', async ({ steps }, id, input) =>
    steps?.update({ ...aStep({ workflowId: id, stepId: id, input }), version: 1 }),
  ),
  overwriteOf('steps.saveOutput output', 'steps.saveOutput', async ({ steps }, id, output) =>
    steps?.saveOutput({ workflowId: id, stepId: id, output }),
  ),
  overwriteOf('state.set value', 'state.set', async ({ state }, id, value) =>
    state?.set({ workflowId: id, key: id, value }),
  ),
  overwriteOf('snapshots.save state', 'snapshots.save', async ({ snapshots }, id, state) =>
    snapshots?.save(aSnapshot({ instanceId: id, workflowId: id, state, version: 1 })),
  ),
]

function overwriteOf(portName: string, name: string, overwrite: Overwrite[2]): Overwrite {
  const port = mainPorts.find((candidate) => candidate.name === portName)
  if (port === undefined) throw new Error(`No port is called ${portName}`)
  return [name, port, overwrite]
}

/** The limit, if it can be exceeded at a reasonable cost. */
function affordable({ capabilities }: PersistenceProvider): number {
  const { maxPayloadBytes } = capabilities
  if (maxPayloadBytes > AFFORDABLE)
    throw new Inconclusive(`Records of ${maxPayloadBytes} bytes are too large to try`)
  return maxPayloadBytes
}

/** Printable text in which a compressor finds nothing; the same in every run. */
function noise(length: number): string {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 3)
  let state = 0x9e37_79b9
  for (let index = 0; index < bytes.length; index += 1) {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes.toString('base64').slice(0, length)
}

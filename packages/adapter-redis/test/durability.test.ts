import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { available } from '@holdfast/testbed'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { createRedisProvider } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow } from './support.ts'

it('what was acknowledged outlives a server that is killed, with appendonly', async ({ skip }) => {
  await using engine = await available('redis').then((found) => {
    if (found.grade === 'none') throw new Error(found.reason)
    return found
  })
  if (engine.via !== 'local') skip('A server that was not started here is not killed')
  const client = new Redis(engine.url)
  client.on('error', () => {})
  const store = createRedisProvider({ client }) as Store
  await client.config('SET', 'appendonly', 'yes')
  await client.config('SET', 'appendfsync', 'always')
  const rewrites = async (): Promise<boolean> =>
    /aof_rewrite_(in_progress|scheduled):1/.test(await client.info('persistence'))
  await expect.poll(rewrites).toBe(false)

  const waiting = { stepId: 's', executionPointerId: 'p', eventName: 'n', eventKey: 'k' }
  const workflow = await store.workflows.create(aWorkflow({ data: '\0\ud800é' }))
  const gone = await store.workflows.create(aWorkflow())
  const subscription = { ...waiting, workflowId: workflow.id, subscribeAsOf: 0 }
  const updated = await store.workflows.update(workflow, { subscriptions: [subscription] })
  await store.workflows.delete(gone.id)
  const { instanceId, workflowId } = await store.snapshots.save(aSnapshot())
  const held = await store.claims.claimNext({ workerId: 'w', ttl: 600_000 })
  const info = await client.info('server')
  const [, pid] = /process_id:(\d+)/.exec(info) ?? []
  const [, program = ''] = /executable:(.+)\r/.exec(info) ?? []
  const [, dir = ''] = await client.config('GET', 'dir')
  process.kill(Number(pid), 'SIGKILL')
  // The port is free when the process is gone.
  await expect.poll(() => isRunning(Number(pid))).toBe(false)

  const { port, password } = new URL(engine.url)
  const again = spawn(
    program,
    [
      ...['--port', port, '--bind', '127.0.0.1', '--requirepass', password],
      ...['--dir', dir, '--appendonly', 'yes'],
    ],
    { stdio: 'ignore' },
  )
  try {
    await expect
      .poll(async () => store.workflows.get(workflow.id).catch(String), { timeout: 20_000 })
      .toEqual(updated)
    expect((await store.workflows.list()).items).toEqual([updated])
    expect((await store.workflows.getRunnable({ asOf: 1 })).items).toEqual([workflow.id])
    const topic = { eventName: 'n', eventKey: 'k', asOf: 1 }
    expect(await store.subscriptions.findFirstOpen(topic)).toMatchObject(subscription)
    expect(await store.snapshots.load({ instanceId, workflowId })).toMatchObject({ version: 1 })
    expect(held && (await store.claims.release(held.claim))).toBe(true)
    const next = await store.claims.claimNext({ workerId: 'w', ttl: 1 })
    expect(next?.claim.token).toBeGreaterThan(held?.claim.token ?? Infinity)
  } finally {
    client.disconnect()
    again.kill('SIGTERM')
    if (again.exitCode === null) await once(again, 'exit')
  }
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

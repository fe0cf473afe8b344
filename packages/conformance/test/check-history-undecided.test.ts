import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type * as Linearizability from '@holdfast/linearizability'
import { holdfast } from './support.ts'

// A history that the whole budget does not decide takes long: a small budget is as good.
vi.mock('@holdfast/linearizability', async (original) => {
  const real = await original<typeof Linearizability>()
  const check: typeof real.check = (model, history) =>
    real.check(model, history, { budget: { steps: 20 } })
  return { ...real, check }
})

it('a history that is not decided is exit code 2, unless another one is illegal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-histories-'))
  const clients = Array.from({ length: 9 }, (_, index) => index)
  const hard = join(folder, 'hard.log')
  const lines = ['invoke', 'ok'].flatMap((type) =>
    clients.map((client) => `INFO  jepsen.util - ${client} :${type} :write ${client}`),
  )
  const read = ['invoke :read nil', 'ok :read 99'].map((what) => `INFO  jepsen.util - 0 :${what}`)
  writeFileSync(hard, [...lines, ...read].join('\n'))
  const bad = join(folder, 'bad.log')
  writeFileSync(bad, 'INFO  jepsen.util - 0 :invoke :read nil\nINFO  jepsen.util - 0 :ok :read 1\n')

  const { code, stdout } = await holdfast(['check-history', hard])
  expect(stdout).toMatch(/^unknown .* out of steps\n$/)
  expect(code).toBe(2)
  expect((await holdfast(['check-history', hard, bad])).code).toBe(1)
})

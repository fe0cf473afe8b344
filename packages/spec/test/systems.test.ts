import { describe, expect, it } from 'vitest'
import { createMemoryProvider } from '../../adapter-memory/src/index.ts'
import { compressingCodec, jsonCodec } from '../src/index.ts'
import { flowOrchestrator } from './systems/flow-orchestrator.ts'
import { gorkflow } from './systems/gorkflow.ts'
import type { Repositories, System } from './systems/system.ts'
import { workflowCore } from './systems/workflow-core.ts'
import { workflowForge } from './systems/workflow-forge.ts'
import { CLAIMED_AT, workflowPersistence } from './systems/workflow-persistence.ts'

const systems: readonly System<never>[] = [
  workflowCore,
  workflowForge,
  flowOrchestrator,
  workflowPersistence,
  gorkflow,
] as readonly System<unknown>[] as readonly System<never>[]

describe.each(systems)('a record of $name', ({ record, save, load }) => {
  it.each([jsonCodec, compressingCodec({ threshold: 0 })])(
    'comes out as it went in ($name)',
    async (codec) => {
      await using provider = createMemoryProvider({ codec, clock: () => CLAIMED_AT * 1000 })
      await save(provider as Repositories, record)
      expect(await load(provider as Repositories)).toEqual(record)
    },
  )
})

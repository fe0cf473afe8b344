import type { Engine } from '../engine.ts'

/** Gives the memory of this process; its version is that of Node. */
export async function startMemory(): Promise<Engine> {
  return {
    name: 'memory',
    version: process.version,
    grade: 'real',
    via: 'in-process',
    url: 'memory:',
    skipped: [],
    async [Symbol.asyncDispose]() {},
  }
}

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TargetError } from '../run.ts'
import type { Target } from '../target.ts'

/** The target that a module exports as `target`, or as its default. @throws {TargetError} */
export async function loadTarget(path: string): Promise<Target> {
  let module: { readonly default?: unknown; readonly target?: unknown }
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module
  } catch (cause) {
    throw new TargetError(`${path} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
  const target = module.target ?? module.default
  if (!isTarget(target)) {
    throw new TargetError(
      `${path} exports no target: export const target = { name, open(namespace, context) }`,
    )
  }
  return target
}

function isTarget(value: unknown): value is Target {
  return (
    typeof value === 'object' &&
    value !== null &&
    'open' in value &&
    typeof value.open === 'function' &&
    'name' in value &&
    typeof value.name === 'string'
  )
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

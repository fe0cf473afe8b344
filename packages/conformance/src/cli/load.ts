import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TargetError } from '../run.ts'
import type { Target } from '../target.ts'

/** The target that a module exports as `target`, or as its default. @throws {TargetError} */
export async function loadTarget(path: string): Promise<Target> {
  const exported = await load(urlOf(path), path)
  const target = exported.target ?? exported.default
  if (!isTarget(target)) {
    throw new TargetError(
      `${path} exports no target: export const target = { name, open(namespace, context) }`,
    )
  }
  return target
}

/** The target of this name that a module exports. @throws {TargetError} */
export async function loadNamedTarget(url: string, name: string): Promise<Target> {
  const exported = await load(url, url)
  const target = Object.values(exported).find((value) => isTarget(value) && value.name === name)
  if (!isTarget(target)) throw new TargetError(`${url} exports no target with the name ${name}`)
  return target
}

/** A module's path as another process imports it. */
export function urlOf(path: string): string {
  return pathToFileURL(resolve(path)).href
}

async function load(url: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (cause) {
    throw new TargetError(`${path} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
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

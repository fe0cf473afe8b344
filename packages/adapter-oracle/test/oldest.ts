import { createRequire, registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

// Whoever imports this gets the oldest `oracledb` that is supported instead of the newest, in this process: the driver
// is one copy, whose types of binds the adapter needs as well. To be imported before anything that loads the driver.

const require = createRequire(import.meta.url)

function rootOf(manifest: string): string {
  return pathToFileURL(dirname(manifest)).href
}

const newest = rootOf(require.resolve('oracledb/package.json'))
const oldest = rootOf(require.resolve('oracledb-oldest/package.json'))

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return found.url.startsWith(`${newest}/`)
      ? { ...found, url: oldest + found.url.slice(newest.length) }
      : found
  },
})

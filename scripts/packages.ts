// What the scripts share about the published packages: their list, and packing them as a release does.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')

interface Manifest {
  readonly name: string
  readonly private?: boolean
}

interface Package {
  readonly name: string
  readonly folder: string
}

/** The packages of the workspace that are published. */
export function publishedPackages(): Package[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
      return { name: manifest.name, folder, private: manifest.private === true }
    })
    .filter((one) => !one.private)
}

/** Packs one package into a folder, as pnpm publishes it, and returns the path of the archive. */
export function pack(one: Package, into: string): string {
  const args = ['pack', '--json', '--pack-destination', into]
  const report = execFileSync('pnpm', args, { cwd: one.folder, encoding: 'utf8' })
  const { filename } = JSON.parse(report) as { filename: string }
  return join(into, basename(filename))
}

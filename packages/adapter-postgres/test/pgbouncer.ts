import {
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcessWithoutNullStreams,
} from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = 'pgbouncer'

// Debian puts it where only the superuser's PATH looks.
const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/bin` }

// Ends, and takes its folder along, when its input does: when we say so, or are gone ourselves.
const SUPERVISED = `exec 3<&0
{ cat <&3 > /dev/null; kill $$ 2> /dev/null; rm -rf "$1"; } &
exec ${PROGRAM} "$1/pgbouncer.ini" < /dev/null 3<&-`

/** A pooler in front of a server. */
export interface PgBouncer extends AsyncDisposable {
  /** The same database, by way of it. */
  readonly url: string
}

/** The minor version of what this machine has, such as 18. */
function minorVersion(): number | undefined {
  const { error, stdout } = spawnSync(PROGRAM, ['--version'], { env, encoding: 'utf8' })
  return error ? undefined : Number(/\d+\.(\d+)/.exec(stdout)?.[1])
}

/** Why this machine cannot start it. */
export function noPgBouncer(): string | undefined {
  return minorVersion() === undefined
    ? `there is no ${PROGRAM} on PATH; Debian has it as the package ${PROGRAM}`
    : undefined
}

/**
 * Starts PgBouncer in transaction mode, on a Unix socket: each transaction gets another connection to the server, and
 * there are fewer of them than clients in a race. It follows no prepared statements, as none did before 1.21.
 */
export async function startPgBouncer(server: string): Promise<PgBouncer> {
  const { hostname, port, username, password, pathname } = new URL(server)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pgbouncer-'))
  const followsStatements = (minorVersion() ?? 0) >= 21
  const files = {
    'users.txt': [username, password].map((part) => `"${decodeURIComponent(part)}"`).join(' '),
    'pgbouncer.ini': `[databases]
* = host=${hostname} port=${port || 5432}
[pgbouncer]
listen_addr =
unix_socket_dir = ${folder}
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = transaction
default_pool_size = 5
${followsStatements ? 'max_prepared_statements = 0' : ''}
`,
  }
  const user = ordinaryUser()
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    if (user) await chown(join(folder, name), user.uid, user.gid)
  }
  if (user) await chown(folder, user.uid, user.gid)

  // Detached: an interrupt from the terminal is for the tests.
  const child = spawn('sh', ['-c', SUPERVISED, 'sh', folder], { env, detached: true, ...user })
  const stop = async (): Promise<void> => {
    const closed = once(child, 'close')
    child.stdin.end()
    await closed
  }
  try {
    await untilUp(child)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `postgres://${username}:${password}@${encodeURIComponent(folder)}:6432${pathname}`,
    [Symbol.asyncDispose]: stop,
  }
}

/** It refuses to run as root. */
function ordinaryUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (option: string): number => Number(execFileSync('id', [option, 'nobody'], { env }))
  return { uid: id('-u'), gid: id('-g') }
}

async function untilUp(child: ChildProcessWithoutNullStreams): Promise<void> {
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => {
      output += data
      if (output.includes('process up')) resolve()
    })
    child.once('exit', () => reject(new Error(`PgBouncer did not start:\n${output}`)))
  })
}

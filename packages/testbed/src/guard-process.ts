/**
 * The program behind guard.ts. It owns a temporary folder and runs commands in it, one line of JSON
 * on standard input each, and answers each with one line when the command has ended. When standard
 * input ends, it stops what runs, removes the folder and exits.
 *
 * A process of its own, because only the end of a pipe tells of every way in which a test run can
 * end: disposed, returned, interrupted, killed. Handlers for signals and for 'exit' in the test
 * process would change how that process dies and still miss SIGKILL.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Command, Exit } from './guard.ts'

const STOP_MS = 20_000

const folder: string = process.argv[2] ?? usage()

let running: { readonly child: ChildProcess; readonly command: Command } | undefined
let stopping = false

function usage(): never {
  throw new Error('usage: guard-process <folder>')
}

function reply(exit: Exit): void {
  process.stdout.write(`${JSON.stringify(exit)}\n`)
}

function run(command: Command): void {
  if (stopping) return
  const log = openSync(command.log, 'a')
  const child = spawn(command.file, command.args, {
    cwd: folder,
    env: command.env,
    stdio: ['ignore', log, log],
    ...command.user,
  })
  closeSync(log)
  running = { child, command }
  child.once('error', (error) => {
    running = undefined
    reply({ code: null, signal: null, error: error.message })
  })
  child.once('exit', (code, signal) => {
    running = undefined
    reply({ code, signal })
  })
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  if (running !== undefined) {
    const { child, command } = running
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill(command.stopSignal)
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(impatient)
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.exit(0)
}

// The other end of the pipe is gone: nobody is left to be told, and the folder still has to go.
process.stdout.on('error', () => {})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => run(JSON.parse(line) as Command))
lines.on('close', () => void stop())

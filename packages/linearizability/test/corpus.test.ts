import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { env } from 'node:process'
import { describe, expect, test } from 'vitest'
import { checkHistoryFile, parseHistory } from '../src/index.ts'

const corpus = new URL('corpus/', import.meta.url)
const read = (name: string, folder = corpus): string => readFileSync(new URL(name, folder), 'utf8')
const files = readdirSync(corpus)
const histories = files.filter((name) => name.endsWith('.json'))
const logs = files.filter((name) => name.endsWith('.txt'))

describe('corpus', () => {
  test.each(histories)('%s', (name) => {
    const file = parseHistory(read(name))
    const { result, verdict, model } = checkHistoryFile(read(name))
    expect(model).toBe(file.model)
    expect([file.why, verdict]).toEqual([file.why, file.verdict])
    const [violation] = result.verdict === 'illegal' ? result.violations : []
    expect(violation?.operation).toEqual(
      file.illegal === undefined ? undefined : file.history[file.illegal],
    )
  })

  test.each(logs)('%s', (name) => {
    const { verdict, format } = checkHistoryFile(read(name))
    expect(verdict).toBe(name.includes('illegal') ? 'illegal' : 'ok')
    expect(format).toBe(name.split('-')[0])
  })

  test('every file states a verdict and a reason, and each model is seen good and bad', () => {
    const seen = new Set<string>()
    for (const name of histories) {
      const { model, verdict, why, illegal } = parseHistory(read(name))
      expect(`${name}: ${why}`).toMatch(/: \w.*\.$/)
      expect([name, illegal !== undefined]).toEqual([name, verdict === 'illegal'])
      seen.add(`${model} ${verdict}`)
    }
    expect(seen.size).toBe(12)
  })
})

// Histories of other projects are not copied into this repository: HOLDFAST_HISTORIES, or a folder beside the checkout.
const foreign =
  env.HOLDFAST_HISTORIES === undefined
    ? new URL('../../../../shared/data/histories/', import.meta.url)
    : new URL(`file://${env.HOLDFAST_HISTORIES}/`)

describe.skipIf(!existsSync(foreign))('the test data of Porcupine', () => {
  test('registers of etcd, as Jepsen logged them', () => {
    const expected: Record<string, string> = JSON.parse(read('etcd/verdicts.json', foreign))
    const names = readdirSync(new URL('etcd/', foreign)).filter((name) => name.endsWith('.log'))
    expect(names.length).toBeGreaterThanOrEqual(50)
    const found = names.map((name) => [
      name,
      checkHistoryFile(read(`etcd/${name}`, foreign)).verdict,
    ])
    expect(Object.fromEntries(found)).toEqual(expected)
  })

  test('a key-value store', () => {
    const names = readdirSync(new URL('kv/', foreign))
    expect(names.length).toBeGreaterThanOrEqual(4)
    for (const name of names) {
      const { verdict, format } = checkHistoryFile(read(`kv/${name}`, foreign))
      expect([name, format, verdict]).toEqual([name, 'kv', name.includes('ok') ? 'ok' : 'illegal'])
    }
  })
})

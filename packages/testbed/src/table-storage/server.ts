import { TableServiceClient } from '@azure/data-tables'
import type { Identity } from '../ladder.ts'

/** The connection string of an emulator, which has one account and no TLS. */
export function emulatorUrl(address: string, { name, key }: Account): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${name}`,
    `AccountKey=${key}`,
    `TableEndpoint=http://${address}/${name}`,
  ].join(';')
}

/** An account of an emulator. */
export interface Account {
  readonly name: string
  readonly key: string
}

/** As Azurite takes it. */
export function toAccounts({ name, key }: Account): string {
  return `${name}:${key}`
}

/** Asks the service what it is. */
export async function identify(connectionString: string): Promise<Identity> {
  const client = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  })
  let stated: string | undefined
  await client.getProperties({
    onResponse: ({ headers }) => {
      stated = headers.get('server')
    },
  })
  const [, azurite] = /^Azurite-Table\/(\S+)/.exec(stated ?? '') ?? []
  if (azurite !== undefined) return { version: `Azurite ${azurite}`, grade: 'emulator' }
  const [, azure] = /^Windows-Azure-Table\/(\S+)/.exec(stated ?? '') ?? []
  if (azure !== undefined) return { version: azure, grade: 'real' }
  return { version: stated ?? 'unstated', grade: 'stand-in' }
}

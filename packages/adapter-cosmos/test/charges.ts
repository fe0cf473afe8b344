import { walkthrough, type Store } from '@holdfast/conformance'
import type { CosmosClient } from '../src/index.ts'
import { through } from './wire.ts'

/** What a call made, and what the service charged for it. */
export interface Charge {
  readonly call: string
  readonly requests: number
  /** Request units. */
  readonly units: number
}

/** Makes every call of a store on `client`, and adds up what the replies say that they were charged. */
export async function measureCharges(
  client: CosmosClient,
  make: (client: CosmosClient) => Promise<Store>,
): Promise<readonly Charge[]> {
  let units: number[] = []
  const metered = through(client, async (_, send) => {
    try {
      const reply = await send()
      units.push(chargeOf(reply))
      return reply
    } catch (error) {
      units.push(chargeOf(error))
      throw error
    }
  })
  const charges: Charge[] = []
  for (const { name, run } of walkthrough(await make(metered))) {
    units = []
    await run()
    const sum = units.reduce((total, one) => total + one, 0)
    charges.push({ call: name, requests: units.length, units: sum })
  }
  return charges
}

/** Why charges say nothing, if they do: a service that meters charges a write more than a read. */
export function whyNotMeasured(charges: readonly Charge[]): string | undefined {
  if (charges.some(({ units }) => Number.isNaN(units))) return 'it tells no charge of some requests'
  const each = new Set(charges.map(({ requests, units }) => units / requests))
  return each.size === 1 ? `it charges ${[...each].join()} for every request` : undefined
}

/** For the adapter's page. */
export function tableOf(charges: readonly Charge[]): string {
  const rows = charges.map(
    ({ call, requests, units }) => `| ${call} | ${requests} | ${units.toFixed(2)} |`,
  )
  return ['| Call | Requests | RU |', '| --- | --- | --- |', ...rows].join('\n')
}

/** NaN where the reply, or the error, tells none. */
function chargeOf(reply: unknown): number {
  const { headers } = (reply ?? {}) as { readonly headers?: Readonly<Record<string, unknown>> }
  return Number(headers?.['x-ms-request-charge'])
}

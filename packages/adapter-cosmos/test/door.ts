import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { endpointOf } from './target.ts'

/** What a request is about: the account and its containers, one item, several items that are asked for, or a change. */
export type Kind = 'definition' | 'read' | 'query' | 'write'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/** A server before an account. */
export interface Door extends AsyncDisposable {
  /** The connection string that leads to it. */
  readonly url: string
}

/** Opens a server before an account, which gives the replies of `answer`. */
export async function openDoor(
  url: string,
  answer: (kind: Kind, forward: () => Promise<Reply>) => Reply | Promise<Reply>,
): Promise<Door> {
  const account = endpointOf(url)
  const serve = async (request: IncomingMessage): Promise<Reply> => {
    const body = await buffer(request)
    return answer(kindOf(request), async () => forward(request, body, account))
  }
  const door = createServer((request, response) => {
    serve(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => response.destroy(),
    )
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  return {
    url: url.replace(account, `http://127.0.0.1:${port}/`),
    async [Symbol.asyncDispose]() {
      door.closeAllConnections()
      door.close()
      await once(door, 'close')
    },
  }
}

function kindOf({ method, url = '', headers }: IncomingMessage): Kind {
  if (!/\/docs(\/|$)/.test(url)) return 'definition'
  if (method === 'GET') return 'read'
  return String(headers['content-type']).includes('query') ? 'query' : 'write'
}

async function forward(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
  account: string,
): Promise<Reply> {
  const answer = await fetch(new URL(url, account), {
    ...{ method, headers: passing(headers) },
    ...(body.length > 0 && { body }),
  })
  // What says how the bytes came is not true of those that are sent on.
  const told = [...answer.headers].filter(([name]) => !/^(content|transfer)-encoding$/.test(name))
  const sent = told.filter(([name]) => name !== 'content-length' && name !== 'connection')
  return {
    status: answer.status,
    headers: Object.fromEntries(sent),
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

function passing(headers: IncomingHttpHeaders): Record<string, string> {
  const { host: _, connection: __, 'content-length': ___, ...rest } = headers
  return rest as Record<string, string>
}

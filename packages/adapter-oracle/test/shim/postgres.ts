import pg from 'pg'

/** The subset of `pg` that the shim needs. */
export interface PgResult {
  readonly rows: readonly (readonly unknown[])[]
  readonly rowCount: number | null
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

export interface PgClient {
  query(
    query: string | { text: string; values: unknown[]; rowMode: 'array'; name?: string },
  ): Promise<PgResult>
  release(error?: boolean): void
  on(event: 'error', listener: () => void): unknown
}

export interface PgPool {
  connect(): Promise<PgClient>
  end(): Promise<void>
  on(event: 'error', listener: () => void): unknown
  on(event: 'connect', listener: (client: PgClient) => void): unknown
}

export function openPostgres(url: string, options: Record<string, unknown> = {}): PgPool {
  const pool = new pg.Pool({ connectionString: url, max: 20, ...options }) as unknown as PgPool
  // Rules may break connections; one that breaks while nothing waits for it is no failure.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

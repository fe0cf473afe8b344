// The least version of the driver, under a name that has no types of its own.
declare module 'pg-oldest' {
  import pg from 'pg'

  export default pg
}

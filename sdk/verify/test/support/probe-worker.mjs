import { probe } from './probe.mjs'

/** A worker, which may make requests only while it handles one. */
export default {
  async fetch(request, env) {
    return Response.json(await probe(env))
  },
}

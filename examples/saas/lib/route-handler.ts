import { type NextRequest, NextResponse } from 'next/server'
import { corsHeaders, preflightHeaders } from '@/lib/cors'
import { describeError, HttpError } from '@/lib/errors'

type Handler<Params> = (request: NextRequest, params: Params) => Response | Promise<Response>

/** A route handler of the App Router with CORS and errors in one format. */
export function route<Params = Record<string, never>>(handler: Handler<Params>) {
  return async (request: NextRequest, context: { params: Promise<Params> }): Promise<Response> => {
    let response: Response
    try {
      response = await handler(request, await context.params)
    } catch (error) {
      const { status, headers, body } = describeError(error)
      response = NextResponse.json(body, { status, headers })
    }
    for (const [name, value] of Object.entries(corsHeaders(request.headers.get('origin')))) response.headers.set(name, value)
    return response
  }
}

/** The OPTIONS export of a route that has these methods. */
export function preflight(...methods: string[]) {
  return (request: NextRequest): Response =>
    new Response(null, {
      status: 204,
      headers: { Allow: [...methods, 'OPTIONS'].join(', '), ...preflightHeaders(request.headers.get('origin'), methods) },
    })
}

/** Returns the request's body, parsed as JSON. @throws a 400 that lists the errors in it. */
export async function readJson(request: NextRequest): Promise<unknown> {
  try {
    return await request.json()
  } catch {
    throw new HttpError(400, 'invalid_json', 'The body is not valid JSON.')
  }
}

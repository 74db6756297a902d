/**
 * Chooses the form in which a client gets the description of an error.
 */
import { eachField } from '../base/fields.ts'

/** A page for a browser, JSON for a program that asks for it, text for all others, such as curl. */
export type ResponseForm = 'html' | 'json' | 'text'

/** Returns the form for the field lines of a request. */
export function formFor(fields: string): ResponseForm {
  let form: ResponseForm = 'text'
  eachField(fields, (name, value) => {
    if (name.toLowerCase() !== 'accept') return
    if (/\btext\/html\b/i.test(value)) form = 'html'
    else if (form === 'text' && /\bapplication\/(?:[\w.-]+\+)?json\b/i.test(value)) form = 'json'
  })
  return form
}

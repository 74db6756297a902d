/**
 * Repeats tests of how modules are compiled with the bundler of development servers, whose modules
 * are compiled and loaded one by one: both have the same result.
 */
process.env['MILLRACE_TEST_BUNDLER'] = 'dev'

await import('./import_order.test.ts')
await import('./import_forms.test.ts')
await import('./classes.test.ts')
await import('./module_types.test.ts')
await import('./use_cache.test.ts')

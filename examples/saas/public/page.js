const element = (id) => document.getElementById(id)

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  })
  return { status: response.status, json: response.status === 204 ? null : await response.json() }
}

function list(id, lines) {
  element(id).replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })),
  )
}

async function showProducts() {
  const { json } = await call('GET', '/api/products')
  list('products', json.products.map((product) => `${product.name}: ${(product.priceCents / 100).toFixed(2)}`))
}

async function showMe() {
  const { status, json } = await call('GET', '/api/me')
  element('me').textContent = status === 200 ? JSON.stringify(json, null, 2) : json.error.message
}

element('login').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { status, json } = await call('POST', '/api/login', Object.fromEntries(new FormData(event.target)))
  if (status === 200) await showMe()
  else element('me').textContent = JSON.stringify(json, null, 2)
})

element('logout').addEventListener('click', async () => {
  await call('POST', '/api/logout')
  await showMe()
})

element('product').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = new FormData(event.target)
  const { json } = await call('POST', '/api/products', { name: form.get('name'), priceCents: Number(form.get('priceCents')) })
  element('product-answer').textContent = JSON.stringify(json, null, 2)
  await showProducts()
})

const events = new EventSource('/api/events')
for (const type of ['product.created', 'payment']) {
  events.addEventListener(type, (event) => {
    element('events').append(Object.assign(document.createElement('li'), { textContent: `${type} ${event.data}` }))
  })
}

element('health').textContent = `Health: ${(await call('GET', '/api/health')).json.status}.`
list('users', (await call('GET', '/api/users')).json.users.map((user) => `${user.name} <${user.email}>`))
await Promise.all([showProducts(), showMe()])

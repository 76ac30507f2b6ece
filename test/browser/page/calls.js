/*
 * What the original web client does in a browser, each call as it makes it: axios is
 * XMLHttpRequest, the login and the streams are fetch.
 */

/** As axios does: no content type where there is no body. Resolves to the status and what was read. */
const xhr = (method, url, { token, body } = {}) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open(method, url)
    request.setRequestHeader('Accept', 'application/json, text/plain, */*')
    if (token !== undefined) request.setRequestHeader('Authorization', `Bearer ${token}`)
    if (body !== undefined) request.setRequestHeader('Content-Type', 'application/json')
    request.onload = () => {
      const text = request.responseText
      resolve({ status: request.status, body: text === '' ? undefined : JSON.parse(text) })
    }
    // What a page is told of an answer that it may not see.
    request.onerror = () => resolve({ status: 0 })
    request.send(body === undefined ? null : JSON.stringify(body))
  })

const login = async (url, username, password) => {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ username, password })
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

/** Its reader: nothing is kept between two reads, a line that it cannot read is lost, and [DONE] is the end. */
const stream = async (url, body, token) => {
  const headers = { 'Content-Type': 'application/json' }
  if (token !== undefined) headers.Authorization = `Bearer ${token}`
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) return { status: response.status }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let deltas = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return { status: 200, text, deltas, end: 'closed' }
    for (const line of decoder.decode(value, { stream: true }).split('\n')) {
      const trimmed = line.trim()
      if (!trimmed.startsWith('data: ')) continue
      const data = trimmed.slice(6)
      if (data === '[DONE]') return { status: 200, text, deltas, end: 'done' }
      try {
        const content = JSON.parse(data).choices?.[0]?.delta?.content
        if (content) {
          text += content
          deltas += 1
        }
      } catch {
        // Lost.
      }
    }
  }
}

/** What a page tries that is no client of anybody's. Each resolves to what it got to see. */
const hostile = {
  /** A request that needs no preflight, so that it is sent whatever the other side thinks. */
  simple: (url, body) =>
    fetch(url, { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body })
      .then((response) => response.type)
      .catch(() => 'failed'),
  read: (url, headers = {}) =>
    fetch(url, { headers })
      .then((response) => response.text())
      .catch(() => 'failed'),
  form: (url, fields) =>
    new Promise((resolve) => {
      const frame = document.createElement('iframe')
      frame.name = `frame${Math.random()}`
      document.body.append(frame)
      const form = document.createElement('form')
      Object.assign(form, { action: url, method: 'POST', enctype: 'text/plain' })
      form.target = frame.name
      for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement('input')
        Object.assign(input, { name, value })
        form.append(input)
      }
      document.body.append(form)
      frame.onload = () => resolve('loaded')
      form.submit()
    }),
  events: (url) =>
    new Promise((resolve) => {
      const source = new EventSource(url)
      source.onopen = () => resolve('open')
      source.onerror = () => {
        source.close()
        resolve('failed')
      }
    }),
  socket: (url) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url)
      socket.onopen = () => resolve('open')
      socket.onerror = () => resolve('failed')
    }),
  image: (url) =>
    new Promise((resolve) => {
      const image = new Image()
      image.onload = () => resolve('loaded')
      image.onerror = () => resolve('failed')
      image.src = url
    }),
  script: (url) =>
    new Promise((resolve) => {
      const script = document.createElement('script')
      script.onload = () => resolve('loaded')
      script.onerror = () => resolve('failed')
      script.src = url
      document.body.append(script)
    }),
}

window.calls = { xhr, login, stream, hostile }

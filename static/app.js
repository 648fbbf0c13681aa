// Progressive only: every page works without this file.
import { initAll } from './vendor/govuk-frontend-6.6.0/govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

// A second press while the first is on its way sends nothing. The server answers a repeat with the first result anyway (`once`).
const REST_MS = 8000
document.addEventListener('submit', (event) => {
  const form = event.target
  if (event.defaultPrevented || form.method !== 'post') return
  if (form.hasAttribute('data-sent')) {
    event.preventDefault()
    return
  }
  form.setAttribute('data-sent', '')
  setTimeout(() => form.removeAttribute('data-sent'), REST_MS)
})
// Coming back by the browser's own button must not find the forms asleep.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) form.removeAttribute('data-sent')
})

// A form that saves itself: what is typed goes to the form's own address a moment later. The button works as without a script.
const PAUSE_MS = 1200
const AGAIN_MS = 5000
function autosave (form) {
  const told = form.querySelector('.app-saved')
  let timer, busy, unsaved = false, overtaken = false
  const say = (text) => { if (told && told.textContent !== text) told.textContent = text }
  const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms) }
  async function save () {
    if (busy || overtaken || !unsaved) return
    if (!navigator.onLine) return say(told.dataset.offline)
    unsaved = false
    const sent = new URLSearchParams(new FormData(form))
    sent.set('once', crypto.randomUUID())
    say(told.dataset.saving)
    busy = fetch(form.action, { method: 'POST', body: sent, headers: { 'x-autosave': '1' }, redirect: 'manual' })
    try {
      const answer = await busy
      if (answer.ok) take(await answer.json(), sent)
      else if (answer.status === 409) { overtaken = true; say(told.dataset.overtaken) }
      else { say(told.dataset.refused) }
    } catch {
      unsaved = true
      say(told.dataset.offline)
      later(AGAIN_MS)
    }
    busy = undefined
    if (unsaved) later(PAUSE_MS)
  }
  // What others changed meanwhile comes into the fields that nobody touched since they were sent.
  function take (answer, sent) {
    form.elements.version.value = answer.version
    for (const [name, value] of Object.entries(answer.fields)) {
      const field = form.elements[name]
      if (field && field.value === (sent.get(name) ?? '')) field.value = value
    }
    say(answer.saved)
  }
  form.addEventListener('input', () => { unsaved = true; later(PAUSE_MS) })
  window.addEventListener('online', () => later(0))
  window.addEventListener('offline', () => say(told.dataset.offline))
  form.addEventListener('submit', (event) => {
    clearTimeout(timer)
    if (!navigator.onLine) {
      event.preventDefault()
      unsaved = true
      say(told.dataset.offline)
      return
    }
    unsaved = false
    if (busy) {
      // The answer on its way carries the version that this sending must name.
      event.preventDefault()
      const by = event.submitter
      busy.finally(() => setTimeout(() => form.requestSubmit(by), 50)).catch(() => {})
    }
  }, true)
  window.addEventListener('beforeunload', (event) => { if (unsaved || busy) event.preventDefault() })
}
for (const form of document.querySelectorAll('form[data-autosave]')) autosave(form)

// A line of cost, reckoned while it is typed, as the server reckons it.
const digits = (text) => Number(text.normalize('NFKC').replace(/[,\s원]/g, '') || 'x')
for (const form of document.querySelectorAll('form[data-costs]')) {
  const show = form.querySelector('[data-live]')
  const put = (name, won) => { show.querySelector(`[data-live-${name}]`).textContent = Number.isSafeInteger(won) ? won.toLocaleString('en') : '–' }
  const reckon = () => {
    const of = (name) => digits(form.elements[name]?.value ?? '0')
    const amount = of('quantity') * of('unit_price')
    put('amount', amount)
    put('vat', form.elements.taxed.value === 'no' ? 0 : Math.floor(amount / 10))
    put('own', amount - of('support') - (form.elements.in_kind?.value ? of('in_kind') : 0))
  }
  show.hidden = false
  form.addEventListener('input', reckon)
  reckon()
}

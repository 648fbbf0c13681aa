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

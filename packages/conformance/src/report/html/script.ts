/** Opens cells and filters rows. The page says all that matters without it. */
export const SCRIPT: string = String.raw`
const data = JSON.parse(document.getElementById('data')?.textContent ?? 'null')
const table = document.getElementById('matrix')
let open

function element(name, attributes, ...children) {
  const node = document.createElement(name)
  for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key])
  node.append(...children.filter((child) => child !== undefined))
  return node
}

function detailOf(rule, column) {
  const cell = rule.cells[column]
  const facts = [
    ['Provider', data.providers[column]],
    ['Clause of the contract', rule.clause],
    ['Strength', rule.strength],
    ['Level', rule.level],
    ['Operations', cell.operations],
    ['Time', cell.time],
    ...cell.counters,
  ]
  return element('div', { class: 'panel v-' + cell.verdict, tabindex: '-1', role: 'group', 'aria-label': rule.id },
    element('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×'),
    element('p', { class: 'verdict' }, cell.said),
    element('h3', {}, rule.title),
    cell.reason === undefined
      ? element('p', { class: 'meaning' }, data.meanings[cell.verdict])
      : element('pre', {}, cell.reason),
    cell.history === undefined ? undefined : element('p', { class: 'drawn' },
      element('a', { href: encodeURI(cell.history) }, 'The history, drawn')),
    cell.command === undefined ? undefined : element('div', { class: 'replay' },
      element('code', {}, cell.command), element('button', { type: 'button', class: 'copy' }, 'Copy')),
    element('dl', {}, ...facts.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)))),
    rule.bugs.length === 0 ? undefined : element('p', { class: 'bugs' }, 'Seen broken in: ' + rule.bugs.join(', ')))
}

function close() {
  if (!open) return
  open.detail.remove()
  open.button.setAttribute('aria-expanded', 'false')
  open = undefined
}

function show(button) {
  close()
  const row = button.closest('tr')
  const rule = data.rules[Number(row.dataset.rule)]
  const column = Number(button.dataset.column)
  const detail = element('tr', { class: 'detail' },
    element('td', { colspan: String(data.providers.length + 1) }, detailOf(rule, column)))
  row.after(detail)
  button.setAttribute('aria-expanded', 'true')
  open = { button, detail }
  const address = '#' + encodeURIComponent(rule.id) + '@' + encodeURIComponent(data.providers[column])
  // A page inside a sandboxed frame may not touch its history.
  try { history.replaceState(null, '', address) } catch {}
}

function cells(row) {
  return [...row.querySelectorAll('.cell')]
}

function visibleRows() {
  return [...table.querySelectorAll('tr[data-rule]')].filter((row) => !row.hidden)
}

/** One cell is in the order of the tab key; the arrow keys go on from it. */
function reach(button) {
  for (const other of table.querySelectorAll('.cell[tabindex="0"]')) other.tabIndex = -1
  if (button) button.tabIndex = 0
}

function goTo(hash) {
  const at = hash.lastIndexOf('@')
  if (!table || at < 2) return
  let id, name
  try {
    id = decodeURIComponent(hash.slice(1, at))
    name = decodeURIComponent(hash.slice(at + 1))
  } catch { return }
  const row = document.getElementById(id)
  const button = row?.querySelector('.cell[data-column="' + data.providers.indexOf(name) + '"]')
  if (!button) return
  if (row.hidden) reset()
  reach(button)
  show(button)
  button.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'center' })
}

document.addEventListener('click', (event) => {
  const target = event.target
  if (!(target instanceof Element)) return
  const link = target.closest('a[href*="@"]')
  if (link) {
    event.preventDefault()
    goTo(link.getAttribute('href'))
  }
  const button = target.closest('.cell')
  if (button) {
    reach(button)
    if (open?.button === button) return close()
    show(button)
    // From the keyboard, the next thing to read is the panel; a mouse goes on to other cells.
    if (event.detail === 0) open.detail.querySelector('.panel').focus()
  }
  if (target.closest('.close')) {
    const back = open?.button
    close()
    back?.focus()
  }
})

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const active = document.activeElement
  if (event.key === 'Escape' && open && active?.tagName !== 'INPUT') {
    const back = open.button
    close()
    back.focus()
  }
  const search = document.querySelector('.search input')
  if (event.key === '/' && search && active?.tagName !== 'INPUT') {
    event.preventDefault()
    search.focus()
  }
  if (!active?.classList.contains('cell')) return
  const row = active.closest('tr')
  const rows = visibleRows()
  const column = Number(active.dataset.column)
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key]
  let next
  if (step) next = cells(rows[rows.indexOf(row) + step[0]] ?? row)[column + step[1]]
  else if (event.key === 'Home') next = cells(rows[0])[column]
  else if (event.key === 'End') next = cells(rows.at(-1))[column]
  else return
  event.preventDefault()
  if (!next) return
  reach(next)
  if (open) show(next)
  next.focus()
})

const filters = document.querySelector('.filters')

function filter() {
  const verdict = filters.show.value
  const words = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean)
  let shown = 0
  for (const body of table.tBodies) {
    let some = false
    for (const row of body.querySelectorAll('tr[data-rule]')) {
      const rule = data.rules[Number(row.dataset.rule)]
      const text = (rule.id + ' ' + rule.title).toLowerCase()
      const fits = words.every((word) => text.includes(word)) &&
        (verdict === '' || rule.cells.some((cell) => cell.verdict === verdict))
      row.hidden = !fits
      if (fits) { some = true; shown += 1 }
      else if (open?.button.closest('tr') === row) close()
    }
    body.hidden = !some
  }
  document.getElementById('nothing').hidden = shown > 0
  document.getElementById('count').textContent = shown + ' of ' + data.rules.length + ' rules'
  const tabbable = table.querySelector('.cell[tabindex="0"]')
  if (!tabbable || tabbable.closest('tr').hidden) reach(table.querySelector('tr[data-rule]:not([hidden]) .cell'))
}

function reset() {
  filters.reset()
  filter()
}

if (table) {
  filters.hidden = false
  filters.addEventListener('input', filter)
  filters.addEventListener('submit', (event) => event.preventDefault())
  addEventListener('hashchange', () => goTo(location.hash))
  // A page that is loaded again may have kept its fields.
  filter()
  goTo(location.hash)
}
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true
})
`

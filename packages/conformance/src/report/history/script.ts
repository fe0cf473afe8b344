/** Shows what an operation is while the mouse or the focus is on it, and goes from one to the next by the arrow keys. */
export const HISTORY_SCRIPT: string = String.raw`
const operations = [...document.querySelectorAll('.op[data-op]')]
const scroller = document.querySelector('.drawing .scroll')
const tip = document.createElement('div')
tip.className = 'tip'
tip.hidden = true
document.body.append(tip)

const rowOf = (node) => document.getElementById('op-' + node.dataset.op)

function describe(row) {
  const heads = [...row.closest('table').tHead.rows[0].cells]
  const list = document.createElement('dl')
  for (const [index, cell] of [...row.cells].entries()) {
    if (cell.tagName === 'TH' || cell.textContent.trim() === '') continue
    const name = document.createElement('dt')
    const value = document.createElement('dd')
    name.textContent = heads[index].textContent
    value.textContent = cell.textContent
    list.append(name, value)
  }
  const title = document.createElement('b')
  title.textContent = row.querySelector('th').textContent
  tip.replaceChildren(title, list)
}

let on
function show(node) {
  hide()
  const row = rowOf(node)
  describe(row)
  on = [node, row]
  for (const part of on) part.classList.add('on')
  tip.hidden = false
  const box = node.querySelector('.span').getBoundingClientRect()
  const size = tip.getBoundingClientRect()
  const left = Math.max(8, Math.min(box.left, innerWidth - size.width - 8))
  const below = box.bottom + 12 + size.height < innerHeight
  const top = below ? box.bottom + 12 : Math.max(8, box.top - size.height - 26)
  tip.style.translate = left + 'px ' + top + 'px'
}

function hide() {
  for (const part of on ?? []) part.classList.remove('on')
  on = undefined
  tip.hidden = true
}

function reach(node) {
  for (const other of operations) other.setAttribute('tabindex', other === node ? '0' : '-1')
  node.focus({ preventScroll: true })
  intoView(node)
  show(node)
}

function intoView(node) {
  const box = node.querySelector('.span').getBoundingClientRect()
  const frame = scroller.getBoundingClientRect()
  if (box.left < frame.left + 24 || box.right > frame.right - 24) {
    scroller.scrollLeft += box.left - frame.left - Math.max(24, (frame.width - box.width) / 2)
  }
}

function next(node, key) {
  const index = operations.indexOf(node)
  if (key === 'ArrowRight') return operations[index + 1]
  if (key === 'ArrowLeft') return operations[index - 1]
  if (key === 'Home') return operations[0]
  if (key === 'End') return operations.at(-1)
  const box = (one) => one.querySelector('.span').getBoundingClientRect()
  const here = box(node)
  const down = key === 'ArrowDown'
  const others = operations
    .map((one) => [one, box(one)])
    .filter(([, other]) => down ? other.top > here.bottom : other.bottom < here.top)
  const lane = down ? Math.min(...others.map(([, { top }]) => top)) : Math.max(...others.map(([, { top }]) => top))
  return others
    .filter(([, { top }]) => top === lane)
    .sort((a, b) => Math.abs(a[1].left - here.left) - Math.abs(b[1].left - here.left))[0]?.[0]
}

for (const node of operations) {
  node.addEventListener('mouseenter', () => show(node))
  node.addEventListener('mouseleave', hide)
  node.addEventListener('focus', () => show(node))
  node.addEventListener('blur', hide)
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide()
    if (!/^Arrow|^Home$|^End$/.test(event.key)) return
    event.preventDefault()
    const other = next(node, event.key)
    if (other) reach(other)
  })
}
addEventListener('scroll', hide, { passive: true, capture: true })

for (const link of document.querySelectorAll('.operations a')) {
  link.addEventListener('click', (event) => {
    event.preventDefault()
    scroller.scrollIntoView({ block: 'center' })
    reach(operations.find((node) => rowOf(node) === link.closest('tr')))
  })
}
const illegal = document.querySelector('.op.illegal')
if (illegal) intoView(illegal)
`

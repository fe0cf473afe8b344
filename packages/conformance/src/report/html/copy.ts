/** Copies what stands before a button. */
export const COPY_SCRIPT: string = String.raw`
async function copyText(button) {
  const code = button.previousElementSibling
  try {
    await navigator.clipboard.writeText(code.textContent)
  } catch {
    getSelection().selectAllChildren(code)
    document.execCommand('copy')
  }
  button.textContent = 'Copied'
  setTimeout(() => { button.textContent = 'Copy' }, 1500)
}

document.addEventListener('click', (event) => {
  const copy = event.target instanceof Element && event.target.closest('.copy')
  if (copy) copyText(copy)
})
`

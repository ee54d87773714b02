import { styleText } from 'node:util'

const { FORCE_COLOR, NO_COLOR } = process.env
const coloured = !NO_COLOR && (process.stdout.isTTY || Boolean(FORCE_COLOR))

/** Colours a text; not for files and pipes, and not under NO_COLOR (no-color.org). */
export function paint(format, text) {
  return coloured ? styleText(format, text, { validateStream: false }) : text
}

/** A claim of the quick start that turned out to be false. */
export class FalseClaim extends Error {}

/** Begins a chapter. */
export function chapter(number, title) {
  console.log(`\n${paint('cyan', `${number}.`)} ${paint('bold', title)}`)
}

/** Says what is being done. */
export function say(text) {
  console.log(`   ${text}`)
}

/** Says what can be seen to be true; ends the quick start if it is not. */
export function claim(holds, text) {
  console.log(holds ? ` ${paint('green', '✓')} ${text}` : ` ${paint('red', '✗')} ${text}`)
  if (!holds) throw new FalseClaim(text)
}

/** 1234 as 1,234. */
export function number(value) {
  return value.toLocaleString('en-US')
}

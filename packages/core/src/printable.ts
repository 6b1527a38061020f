/**
 * Text from outside as it may stand in one line of a terminal: whatever would move the cursor, change colours, start a new
 * line or turn the direction of reading becomes `�`. Tabs stay.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

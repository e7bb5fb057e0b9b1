/** The content at an address that the page may fetch from. @throws the reason that the server gives. */
export async function fetched(url: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url);
  if (response.ok && response.body) return response.body;
  const reason = await response.text();
  throw new Error(`the server did not send the file: ${reason.trim() || `status ${response.status}`}`);
}

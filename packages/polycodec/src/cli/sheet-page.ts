/** The contact sheet as an HTML page that needs no other file. */

export interface PageItem {
  readonly title: string;
  readonly lines: readonly string[];
  readonly error?: string;
  readonly thumbnail?: { readonly jpeg: Uint8Array; readonly width: number; readonly height: number };
}

export function sheetPage(title: string, items: readonly PageItem[], size: number): string {
  const failed = items.filter(({ error }) => error !== undefined).length;
  const count = `${items.length} ${items.length === 1 ? "picture" : "pictures"}${failed > 0 ? `, ${failed} failed` : ""}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeText(title)}</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
  body { margin: 1.5rem; background: light-dark(#f6f6f4, #1c1d20); color: light-dark(#222, #ddd); }
  h1 { font-size: 1.2rem; margin: 0 0 .2rem; }
  p { margin: 0 0 1.2rem; opacity: .7; }
  main { display: grid; grid-template-columns: repeat(auto-fill, minmax(${size}px, 1fr)); gap: 1.2rem; }
  figure { margin: 0; display: flex; flex-direction: column; justify-content: flex-end; }
  img { max-width: 100%; height: auto; margin: 0 auto; box-shadow: 0 1px 5px #0006; }
  figcaption { margin-top: .4rem; text-align: center; overflow-wrap: anywhere; }
  figcaption span { display: block; opacity: .7; font-size: .85em; }
  .failed { border: 1px solid #b44; background: #b442; padding: .8rem; border-radius: 4px; }
  .failed pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .8em; }
</style>
<h1>${escapeText(title)}</h1>
<p>${count}</p>
<main>
${items.map(figure).join("\n")}
</main>
</html>
`;
}

function figure({ title, lines, error, thumbnail }: PageItem): string {
  const name = escapeText(title);
  const caption = `<figcaption>${name}${lines.map((line) => `<span>${escapeText(line)}</span>`).join("")}</figcaption>`;
  if (error !== undefined) return `<figure class="failed"><pre>${escapeText(error)}</pre>${caption}</figure>`;
  if (!thumbnail) return `<figure>${caption}</figure>`;
  const { jpeg, width, height } = thumbnail;
  const data = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString("base64");
  return `<figure><img src="data:image/jpeg;base64,${data}" width="${width}" height="${height}" alt="${name}">${caption}</figure>`;
}

/** For HTML and SVG: names of files and messages may hold anything. */
export function escapeText(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (letter) => entities[letter]!);
}

export {
  type HtmlComment,
  type HtmlElement,
  type HtmlPage,
  type HtmlText,
  isShown,
  readHtml,
  titleOf,
} from "./read-html.ts";

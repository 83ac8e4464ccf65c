// ----------------------------------------------------------------------------- questions to check

function startQuestion(form) {
  const boxes = all("input", form);
  const score = find(".score", form);
  const after = form.closest(".page").querySelector(".afterwards");
  function hide() {
    form.classList.remove("checked");
    score.textContent = "";
    after?.classList.add("covered");
  }
  function check() {
    let right = 0;
    for (const box of boxes) {
      const isRight = box.checked === (box.dataset.holds === "1");
      right += isRight;
      find(".answer b", box.closest("div")).textContent = said(isRight ? "right" : "wrong");
    }
    form.classList.add("checked");
    score.textContent = said("score", { count: right, total: boxes.length });
    after?.classList.remove("covered");
  }
  boxes.forEach((box) => box.addEventListener("change", hide));
  find(".check", form).addEventListener("click", check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  hide();
}

document.documentElement.classList.add("script");
startTheme();
startSteppers();
all(".question").forEach(startQuestion);

import torch

w = torch.ones(2, requires_grad=True)


def show(where):
    y = w * 2
    print(f"{where:<32} recorded: {y.requires_grad!s:<6}"
          f"inference tensor: {y.is_inference()}")


# 有人说 inference_mode 不能像 no_grad 那样
# 嵌套。它可以，按任何顺序都行。
with torch.no_grad():
    with torch.inference_mode():
        show("inference_mode in no_grad")
    show("back in no_grad")

with torch.inference_mode():
    with torch.no_grad():
        show("no_grad in inference_mode")
    with torch.inference_mode():
        show("inference_mode in itself")
    show("back in inference_mode")

    # 要在这里记录，必须先把它关闭。
    with torch.enable_grad():
        show("enable_grad in inference_mode")
    with torch.inference_mode(False):
        show("inference_mode(False) in it")

show("after all blocks")

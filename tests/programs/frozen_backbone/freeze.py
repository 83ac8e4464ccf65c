"""The bug: the head goes with the backbone."""


def freeze_backbone(model):
    for parameter in model.parameters():
        parameter.requires_grad = False

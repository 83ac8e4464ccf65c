from torch.nn import functional as F


def discriminator_loss(D, real, fake):
    return F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()


def generator_loss(D, fake):
    return F.softplus(-D(fake)).mean()
